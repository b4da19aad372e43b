import { join } from 'node:path';
import { startSupervision } from '../../testing/kafka/supervision.ts';
import type { ProcessExit } from '../../testing/kafka/supervision.ts';
import type { UndatedEvent } from '../../testing/witness/history-recorder.ts';
import type { MemberLife } from './member-life.ts';

const MEMBER_PROGRAM = join(import.meta.dirname, 'member.ts');
const EXIT_LIMIT_MS = 60_000;

interface Life {
  readonly name: string;
  readonly exit: Promise<ProcessExit>;
  /** Somebody asked it to end. */
  ending: boolean;
  gone: boolean;
}

/** One process that was started, and where its evidence is. */
export interface StartedLife {
  readonly name: string;
  readonly evidence: string;
  readonly logFile: string;
}

/** The members' processes. A supervisor of their own owns them, so they are gone when this process is, however it ends. */
export class MemberFleet {
  readonly #supervision = startSupervision();
  readonly #directory: string;
  readonly #settings: Omit<MemberLife, 'name' | 'evidence'>;
  readonly #record: (event: UndatedEvent) => void;
  readonly #lives = new Map<string, Life[]>();
  readonly #stopped = new Set<string>();
  readonly started: StartedLife[] = [];
  /** What ended although nobody had asked it to. */
  readonly deaths: string[] = [];

  constructor(directory: string, settings: Omit<MemberLife, 'name' | 'evidence'>, record: (event: UndatedEvent) => void) {
    this.#directory = directory;
    this.#settings = settings;
    this.#record = record;
  }

  /** How many run and are not stopped. */
  get running(): number {
    return [...this.#lives.values()].filter((lives) => lives.at(-1)?.gone === false).length - this.#stopped.size;
  }

  join(member: string): void {
    const lives = this.#lives.get(member) ?? [];
    this.#lives.set(member, lives);
    if (lives.at(-1)?.gone === false) return;
    const name = `${member}#${lives.length + 1}`;
    const files = { evidence: join(this.#directory, `${name}.jsonl`), logFile: join(this.#directory, `${name}.log`) };
    this.#record({ kind: 'member-started', member: name });
    const told: MemberLife = { ...this.#settings, name, evidence: files.evidence };
    const { exit } = this.#supervision.run(name, {
      command: process.execPath,
      arguments: ['--no-warnings', MEMBER_PROGRAM, JSON.stringify(told)],
      directory: this.#directory,
      logFile: files.logFile,
    });
    this.started.push({ name, ...files });
    const life: Life = { name, exit, ending: false, gone: false };
    lives.push(life);
    void exit.then(({ code, signal, error }) => {
      life.gone = true;
      if (life.ending) return;
      this.deaths.push(`${name} ended by itself, with ${signal ?? `status ${code}`}${error === null ? '' : ` (${error})`}`);
      this.#record({ kind: 'member-crashed', member: name });
    });
  }

  async kill(member: string): Promise<void> {
    const life = this.#alive(member);
    if (life === null) return;
    life.ending = true;
    this.#supervision.signal(life.name, 'SIGKILL');
    await this.#ended(life);
    this.#stopped.delete(member);
    // Written only now: whatever it had still written stands before.
    this.#record({ kind: 'member-crashed', member: life.name });
  }

  /** Stands still until `resume`. */
  pause(member: string, forMs: number): void {
    const life = this.#alive(member);
    if (life === null) return;
    this.#stopped.add(member);
    this.#record({ kind: 'fault', fault: { kind: 'member-paused', member: life.name, ms: forMs } });
    this.#supervision.signal(life.name, 'SIGSTOP');
  }

  resume(member: string, forMs: number): void {
    const life = this.#lives.get(member)?.at(-1);
    if (!this.#stopped.delete(member) || life === undefined || life.gone) return;
    this.#record({ kind: 'fault', fault: { kind: 'member-paused', member: life.name, ms: forMs }, phase: 'over' });
    this.#supervision.signal(life.name, 'SIGCONT');
  }

  /** As a deployment would: it finishes what runs, commits, leaves the group. */
  async leave(member: string): Promise<void> {
    const life = this.#alive(member);
    if (life === null) return;
    life.ending = true;
    this.#record({ kind: 'member-stopping', member: life.name });
    this.#supervision.signal(life.name, 'SIGTERM');
    const { code, signal } = await this.#ended(life);
    if (code === 0) this.#record({ kind: 'member-stopped', member: life.name });
    else {
      this.deaths.push(`${life.name} was asked to stop, and ended with ${signal ?? `status ${code}`}`);
      this.#record({ kind: 'member-crashed', member: life.name });
    }
  }

  async leaveAll(): Promise<void> {
    await Promise.all([...this.#lives.keys()].map((member) => this.leave(member)));
  }

  async end(): Promise<void> {
    for (const life of [...this.#lives.values()].flat()) life.ending = true;
    await this.#supervision.end();
  }

  #alive(member: string): Life | null {
    const life = this.#lives.get(member)?.at(-1);
    return life === undefined || life.gone || life.ending ? null : life;
  }

  async #ended(life: Life): Promise<ProcessExit> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<ProcessExit>((resolve) => {
      timer = setTimeout(() => {
        this.#supervision.signal(life.name, 'SIGKILL');
        resolve({ code: null, signal: null, error: `it was still there after ${EXIT_LIMIT_MS} ms` });
      }, EXIT_LIMIT_MS);
    });
    try {
      return await Promise.race([life.exit, limit]);
    } finally {
      clearTimeout(timer);
    }
  }
}
