/**
 * A process of its own that owns brokers and their directories. Its standard input is a pipe from the test run: when that
 * closes, however the run ended (SIGKILL included), it kills every broker and removes every directory, then exits.
 * It starts the brokers itself, so that there is no moment in which one runs that it does not know.
 * Commands are lines of JSON on standard input, events lines of JSON on standard output.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

export type SupervisorCommand =
  | { readonly kind: 'directory'; readonly path: string }
  | {
      readonly kind: 'spawn';
      readonly id: string;
      readonly command: string;
      readonly arguments: readonly string[];
      readonly directory: string;
      readonly logFile: string;
    }
  | { readonly kind: 'signal'; readonly id: string; readonly signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT' }
  | { readonly kind: 'end' };

export type SupervisorEvent =
  | { readonly kind: 'spawned'; readonly id: string; readonly processId: number }
  | {
      readonly kind: 'exited';
      readonly id: string;
      readonly code: number | null;
      readonly signal: string | null;
      readonly error: string | null;
    };

/** What the supervisor waits for a killed broker to be gone before it removes its directory, in milliseconds. */
const KILL_LIMIT_MS = 10_000;

function main(): void {
  const children = new Map<string, ChildProcess>();
  const directories = new Set<string>();
  let ending = false;

  // The reader may be gone at any time; that it is gone is learned from standard input.
  process.stdout.on('error', () => undefined);
  const tell = (event: SupervisorEvent): void => void process.stdout.write(`${JSON.stringify(event)}\n`);

  const start = (command: Extract<SupervisorCommand, { kind: 'spawn' }>): void => {
    const log = openSync(command.logFile, 'a');
    const child = spawn(command.command, [...command.arguments], { cwd: command.directory, stdio: ['ignore', log, log] });
    closeSync(log);
    children.set(command.id, child);
    let over = false;
    const exited = (code: number | null, signal: string | null, error: string | null): void => {
      if (over) return;
      over = true;
      if (children.get(command.id) === child) children.delete(command.id);
      tell({ kind: 'exited', id: command.id, code, signal, error });
    };
    child.once('error', (error) => exited(null, null, error.message));
    child.once('exit', (code, signal) => exited(code, signal, null));
    if (child.pid !== undefined) tell({ kind: 'spawned', id: command.id, processId: child.pid });
  };

  const end = (): void => {
    if (ending) return;
    ending = true;
    const gone = [...children.values()].map((child) => new Promise<void>((resolve) => child.once('exit', () => resolve())));
    for (const child of children.values()) child.kill('SIGKILL');
    const limit = new Promise<void>((resolve) => setTimeout(resolve, KILL_LIMIT_MS));
    void Promise.race([Promise.all(gone), limit]).then(() => {
      let status = 0;
      for (const directory of directories) {
        try {
          rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
        } catch {
          status = 1; // the others all the same
        }
      }
      process.exit(status);
    });
  };

  const obey = (command: SupervisorCommand): void => {
    if (ending) return;
    if (command.kind === 'directory') directories.add(command.path);
    else if (command.kind === 'spawn') start(command);
    else if (command.kind === 'signal') children.get(command.id)?.kill(command.signal);
    else end();
  };

  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => obey(JSON.parse(line) as SupervisorCommand));
  lines.on('close', end);
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

main();
