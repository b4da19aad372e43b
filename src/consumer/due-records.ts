import type { Clock, Timer } from '../clock.ts';
import type { OpenRecord } from './open-record.ts';

interface Group {
  readonly opens: Set<OpenRecord>;
  readonly timer: Timer;
}

/** Records that wait for their next delivery. Those that are due at the same time are told together, so that one call may have them. */
export class DueRecords {
  readonly #clock: Clock;
  readonly #due: (opens: ReadonlySet<OpenRecord>) => void;
  /** By the time at which they are due. */
  readonly #groups = new Map<number, Group>();
  #count = 0;

  constructor(clock: Clock, due: (opens: ReadonlySet<OpenRecord>) => void) {
    this.#clock = clock;
    this.#due = due;
  }

  get count(): number {
    return this.#count;
  }

  /** Its `retryAt` is in so many milliseconds. */
  add(open: OpenRecord, delayMs: number): void {
    const at = open.retryAt as number;
    this.#count++;
    const group = this.#groups.get(at);
    if (group !== undefined) {
      group.opens.add(open);
      return;
    }
    const opens = new Set([open]);
    const timer = this.#clock.setTimer(delayMs, () => {
      this.#groups.delete(at);
      this.#count -= opens.size;
      for (const each of opens) each.retryAt = null;
      this.#due(opens);
    });
    this.#groups.set(at, { opens, timer });
  }

  /** It waits no longer; nothing happens where it did not. */
  remove(open: OpenRecord): void {
    if (open.retryAt === null) return;
    const group = this.#groups.get(open.retryAt);
    if (group?.opens.delete(open) !== true) return;
    this.#count--;
    if (group.opens.size > 0) return;
    group.timer.cancel();
    this.#groups.delete(open.retryAt);
  }

  clear(): void {
    for (const { timer } of this.#groups.values()) timer.cancel();
    this.#groups.clear();
    this.#count = 0;
  }
}
