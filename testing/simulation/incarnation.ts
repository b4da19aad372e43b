/** How many stale effects are kept; more are counted in the last line. */
const STALE_EFFECT_LIMIT = 1_000;

/**
 * One life of one member's process. When it is killed, its leftover JavaScript still runs; whatever that code asks of
 * the simulation never happens and never settles, and is written down as a stale effect.
 */
export class Incarnation {
  /** The member's name and the number of this life, such as `m1#2`. */
  readonly name: string;
  readonly #staleEffects: string[] = [];
  readonly #onKill = new Set<() => void>();
  #alive = true;
  #pausedUntil = 0;
  #onPauseFelt: (() => void) | null = null;
  #onPauseOver: (() => void) | null = null;
  /** How far its wall clock is ahead (virtual ms). */
  #clockAheadMs = 0;
  #onClockRead: (() => void) | null = null;
  #dropped = 0;

  constructor(name: string) {
    this.name = name;
  }

  get alive(): boolean {
    return this.#alive;
  }

  get staleEffects(): readonly string[] {
    return this.#dropped === 0 ? this.#staleEffects : [...this.#staleEffects, `and ${this.#dropped} more`];
  }

  /** What must happen at the moment of death: connections break, calls in flight are forgotten. The answer takes it back. */
  onKill(callback: () => void): () => void {
    this.#onKill.add(callback);
    return () => this.#onKill.delete(callback);
  }

  /** Nothing of this process happens before then (virtual ms since the epoch). `felt` at the first event that waits, `over` at the first afterwards. */
  pauseUntil(at: number, felt: () => void, over: () => void): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, at);
    this.#onPauseFelt = felt;
    this.#onPauseOver = over;
  }

  /** When an event that is due at `now` may happen: then, or when the pause is over. */
  resumesAt(now: number): number {
    if (now < this.#pausedUntil) {
      this.#onPauseFelt?.();
      this.#onPauseFelt = null;
      return this.#pausedUntil;
    }
    if (this.#onPauseOver !== null && this.#onPauseFelt === null) this.#onPauseOver();
    this.#onPauseOver = null;
    return now;
  }

  /** Its wall clock jumps forward; `felt` when it is read next. */
  jumpClock(byMs: number, felt: () => void): void {
    this.#clockAheadMs += byMs;
    this.#onClockRead = felt;
  }

  /** What its wall clock is ahead by. */
  readClock(): number {
    this.#onClockRead?.();
    this.#onClockRead = null;
    return this.#clockAheadMs;
  }

  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    for (const callback of this.#onKill) callback();
  }

  /** True when this life is over; then `what` was attempted by leftover code and is recorded. */
  refuses(what: () => string): boolean {
    if (this.#alive) return false;
    if (this.#staleEffects.length < STALE_EFFECT_LIMIT) this.#staleEffects.push(what());
    else this.#dropped += 1;
    return true;
  }
}

/** The promise that a dead incarnation gets for everything. A new one each time: one for all would keep whatever ever waited for it. */
export function neverSettles(): Promise<never> {
  return new Promise<never>(() => {});
}
