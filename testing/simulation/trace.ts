/** One event that happened, in order. */
export interface TraceEntry {
  /** Virtual milliseconds since the epoch. */
  readonly at: number;
  /** The incarnation that it happened in, such as `m1#1`; `venue` for broker and network. */
  readonly lane: string;
  readonly what: string;
}

/** The last events, up to a limit: older ones are dropped and counted. */
export class Trace {
  readonly #limit: number;
  #older: TraceEntry[] = [];
  #newer: TraceEntry[] = [];
  #total = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** All events ever, also those that were dropped from the trace. */
  get total(): number {
    return this.#total;
  }

  add(at: number, lane: string, what: string): void {
    this.#total += 1;
    this.#newer.push({ at, lane, what });
    // Two halves, so that dropping the oldest costs nothing per event.
    if (this.#newer.length < this.#limit) return;
    this.#older = this.#newer;
    this.#newer = [];
  }

  entries(): readonly TraceEntry[] {
    const all = [...this.#older, ...this.#newer];
    return all.slice(Math.max(0, all.length - this.#limit));
  }
}
