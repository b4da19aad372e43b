import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const HOOKS = new URL('source-hooks.ts', import.meta.url).href;

/** An example service as a process of its own. */
export interface RunningService extends AsyncDisposable {
  /** Resolves when the text has been printed; rejects when the process ends, or `withinMs` is over, before. */
  printed(text: string, withinMs?: number): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  readonly exited: Promise<number | null>;
  readonly output: string;
}

export function startService(
  environment: Readonly<Record<string, string>>,
  example: 'service' | 'operations' | 'offsets' = 'service',
  args: readonly string[] = [],
): RunningService {
  const program = fileURLToPath(new URL(`../../examples/${example}/main.ts`, import.meta.url));
  const child = spawn(process.execPath, ['--import', HOOKS, program, ...args], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const onOutput = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const look of onOutput) look();
    });
  }
  // `close` comes after the last output, `exit` may come before it.
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    get output() {
      return output;
    },
    exited,
    signal: (signal) => void child.kill(signal),
    async printed(text, withinMs = 30_000) {
      await new Promise<void>((resolve, reject) => {
        const end = (why: string | null): void => {
          clearTimeout(timer);
          onOutput.delete(look);
          if (why === null) resolve();
          else reject(new Error(`${why} before it printed "${text}". It printed:\n${output}`));
        };
        const look = (): void => {
          if (output.includes(text)) end(null);
        };
        const timer = setTimeout(() => end(`The service took more than ${withinMs} ms`), withinMs);
        onOutput.add(look);
        void exited.then((status) => end(`The service exited with ${status}`));
        look();
      });
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
