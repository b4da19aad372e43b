import type { PeerEvent, PeerTask } from '../task.ts';

/** Counts what a contender has handled, each record once, and tells when the first was begun and the last was done. */
export class Tally {
  readonly #wanted: number;
  readonly #seen: readonly Uint8Array[];
  #distinct = 0;
  #calls = 0;

  constructor({ records, partitions }: PeerTask) {
    this.#wanted = records;
    this.#seen = Array.from({ length: partitions }, () => new Uint8Array(records));
  }

  /** A handler call begins. */
  begin(): void {
    if (this.#calls++ === 0) say({ event: 'first', at: Date.now() });
  }

  /** It is over, and was for this record. */
  done(partition: number, offset: number): void {
    const seen = this.#seen[partition];
    if (seen === undefined || seen[offset] !== 0) return;
    seen[offset] = 1;
    this.#distinct++;
    if (this.#distinct === this.#wanted) say({ event: 'last', at: Date.now(), calls: this.#calls, distinct: this.#distinct });
  }
}

function say(event: PeerEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/** What this process is told; it ends when nobody is left who would end it. */
export function taskOfArguments(): PeerTask {
  process.stdin.resume().once('end', () => process.exit(1));
  return JSON.parse(process.argv.at(-1) ?? '') as PeerTask;
}
