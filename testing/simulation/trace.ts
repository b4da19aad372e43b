import { ContentHash } from './content-hash.ts';

/** One event that happened, in order. */
export interface TraceEntry {
  /** Virtual milliseconds since the epoch. */
  readonly at: number;
  /** The incarnation that it happened in, such as `m1#1`; `venue` for broker and network. */
  readonly lane: string;
  readonly what: string;
  /** 32 bits of everything that had happened up to here, this event's content included: two runs part where it differs. Only in virtual time. */
  readonly hash?: number;
}

/** The last events, up to a limit: older ones are dropped and counted. Their hash covers them all. */
export class Trace {
  readonly #limit: number;
  readonly #hash = new ContentHash();
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

  /** `content`: what the event carried, hashed by its content; undefined for nothing. */
  add(at: number, lane: string, what: string, content?: unknown): void {
    this.#total += 1;
    this.#hash.number(at);
    this.#hash.text(lane);
    this.#hash.text(what);
    if (content !== undefined) this.#hash.value(content);
    if (this.#limit === 0) return;
    this.#newer.push({ at, lane, what, hash: this.#hash.short });
    // Two halves, so that dropping the oldest costs nothing per event.
    if (this.#newer.length < this.#limit) return;
    this.#older = this.#newer;
    this.#newer = [];
  }

  entries(): readonly TraceEntry[] {
    const all = [...this.#older, ...this.#newer];
    return all.slice(Math.max(0, all.length - this.#limit));
  }

  /** Of all events so far: the same seed on the same code gives the same, on any machine and Node version. */
  hash(): string {
    return this.#hash.digest();
  }
}
