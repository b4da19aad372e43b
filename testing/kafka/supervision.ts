import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
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
  /** Kills what still runs, removes the directories; resolves when that is done. Idempotent. */
  end(): Promise<void>;
}

/** Starts a supervisor. It does not keep this process alive. */
export function startSupervision(): Supervision {
  const file = programFile('testing/kafka/supervisor');
  // Detached: a Ctrl-C at the terminal goes to the whole process group, and this one has to outlive it.
  const child = spawn(process.execPath, ['--no-warnings', fileURLToPath(file)], { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
  child.unref();
  for (const stream of [child.stdin, child.stdout]) {
    stream.on('error', () => undefined); // it died: told by its exit
    (stream as unknown as { unref(): void }).unref();
  }
  const closed = once(child, 'close');
  const exits = new Map<string, (exit: ProcessExit) => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = JSON.parse(line) as SupervisorEvent;
    if (event.kind !== 'exited') return;
    exits.get(event.id)?.(event);
    exits.delete(event.id);
  });
  void closed.then(() => {
    for (const settle of exits.values()) settle({ code: null, signal: null, error: 'its supervisor is gone' });
    exits.clear();
  });
  const send = (command: SupervisorCommand): void => void child.stdin.write(`${JSON.stringify(command)}\n`);
  let ending: Promise<void> | null = null;
  return {
    processId: child.pid ?? -1,
    ownDirectory: (path) => send({ kind: 'directory', path }),
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
        await closed;
      })();
      return ending;
    },
  };
}
