import { spawn } from 'node:child_process';

/** Longest that one measurement may take. */
const LIMIT_MS = 180_000;

/** Runs a program in a fresh process and reads the JSON of its last line: no measurement warms or burdens the next. */
export function measureInChild<Output>(program: string, argument: unknown, nodeOptions: readonly string[] = []): Promise<Output> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...nodeOptions, program, JSON.stringify(argument)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: LIMIT_MS,
      env: { ...process.env, NODE_NO_WARNINGS: '1' },
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const lastLine = output.trim().split('\n').at(-1) ?? '';
      if (code === 0) resolve(JSON.parse(lastLine) as Output);
      else reject(new Error(`${program} ${JSON.stringify(argument)} ended with ${signal ?? `status ${code}`}: ${output}`));
    });
  });
}
