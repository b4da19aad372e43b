import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { KafkaError } from '../../src/errors.ts';
import { programFile } from '../program-file.ts';
import type { SupervisorCommand, SupervisorEvent } from './supervisor.ts';

/** How a broker's process ended. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly error: string | null;
}

/** The test run's side of the supervisor process: brokers and directories that are gone when this run is, however it ends. */
export interface Supervision {
  readonly processId: number;
  /** Removed at the end. */
  ownDirectory(path: string): void;
  /** Resolves with the process id; the promise `exit` settles when the process is gone. */
  run(
    id: string,
    program: { readonly command: string; readonly arguments: readonly string[]; readonly directory: string; readonly logFile: string },
  ): { readonly exit: Promise<ProcessExit> };
  signal(id: string, signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): void;
  /**
   * Kills what still runs, removes the directories; resolves when that is done. Rejects with REAL_KAFKA_UNAVAILABLE, which
   * names the directories, where it is not, after `endLimitMs` at the latest. Idempotent.
   */
  end(): Promise<void>;
}

/** More than the supervisor itself waits for its brokers. */
const END_LIMIT_MS = 30_000;

/** Starts a supervisor. It does not keep this process alive. `file`: another program, for the tests of this one. */
export function startSupervision({
  file = programFile('testing/kafka/supervisor'),
  endLimitMs = END_LIMIT_MS,
}: { readonly file?: URL; readonly endLimitMs?: number } = {}): Supervision {
  // Detached: a Ctrl-C at the terminal goes to the whole process group, and this one has to outlive it.
  const child = spawn(process.execPath, ['--no-warnings', fileURLToPath(file)], { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
  child.unref();
  for (const stream of [child.stdin, child.stdout]) {
    stream.on('error', () => undefined); // it died: told by its exit
    (stream as unknown as { unref(): void }).unref();
  }
  // Not `close`: that waits for everybody who holds a pipe.
  const gone = Promise.withResolvers<string | null>();
  child.once('exit', (code, signal) => gone.resolve(code === 0 ? null : `it ended by ${signal ?? `exit code ${code}`}`));
  child.once('error', (error) => gone.resolve(`it could not be started: ${error.message}`));
  const directories: string[] = [];
  const exits = new Map<string, (exit: ProcessExit) => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = JSON.parse(line) as SupervisorEvent;
    if (event.kind !== 'exited') return;
    exits.get(event.id)?.(event);
    exits.delete(event.id);
  });
  child.once('close', () => {
    for (const settle of exits.values()) settle({ code: null, signal: null, error: 'its supervisor is gone' });
    exits.clear();
  });
  const send = (command: SupervisorCommand): void => void child.stdin.write(`${JSON.stringify(command)}\n`);
  let ending: Promise<void> | null = null;
  return {
    processId: child.pid ?? -1,
    ownDirectory(path) {
      directories.push(path);
      send({ kind: 'directory', path });
    },
    run(id, program) {
      const exit = new Promise<ProcessExit>((resolve) => exits.set(id, resolve));
      send({ kind: 'spawn', id, ...program });
      return { exit };
    },
    signal: (id, signal) => send({ kind: 'signal', id, signal }),
    end() {
      ending ??= (async () => {
        child.ref();
        send({ kind: 'end' });
        const limit = setTimeout(() => child.kill('SIGKILL'), endLimitMs);
        const problem = await gone.promise;
        clearTimeout(limit);
        if (problem === null) return;
        const left = directories.length === 0 ? '' : `; look at ${directories.join(', ')}`;
        throw new KafkaError('REAL_KAFKA_UNAVAILABLE', `The process that removes the brokers has not done it: ${problem}${left}.`);
      })();
      return ending;
    },
  };
}
