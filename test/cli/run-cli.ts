import { spawn } from 'node:child_process';
import { join } from 'node:path';

const BIN = join(import.meta.dirname, '../../cli/bin.ts');

export interface CliOutcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line as a user does: a process of its own, its output in pipes. */
export function runCli(
  args: readonly string[],
  options: { readonly cwd?: string; readonly interruptWhen?: RegExp } = {},
): Promise<CliOutcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...args], { cwd: options.cwd, env: { ...process.env, npm_lifecycle_event: '' } });
    let stdout = '';
    let stderr = '';
    let interrupted = false;
    const interruptInTime = (): void => {
      if (interrupted || options.interruptWhen?.test(stdout + stderr) !== true) return;
      interrupted = true;
      child.kill('SIGINT');
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      interruptInTime();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      interruptInTime();
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}
