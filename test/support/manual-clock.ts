import type { Clock, Timer } from '../../src/clock.ts';

interface Pending {
  readonly at: number;
  readonly sequence: number;
  readonly callback: () => void;
}

/** A clock that moves only when a test says so. */
export class ManualClock implements Clock {
  #now: number;
  #sequence = 0;
  #timers: Pending[] = [];
  #yields: (() => void)[] = [];
  yieldCount = 0;

  constructor(startMs = 1_000_000) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const pending = { at: this.#now + delayMs, sequence: this.#sequence++, callback };
    this.#timers.push(pending);
    return { cancel: () => void (this.#timers = this.#timers.filter((timer) => timer !== pending)) };
  }

  yield(callback: () => void): void {
    this.yieldCount++;
    this.#yields.push(callback);
  }

  get timerCount(): number {
    return this.#timers.length;
  }

  /** Time passes although nothing gets a turn, as in a handler that computes. */
  pass(durationMs: number): void {
    this.#now += durationMs;
  }

  /** Lets everything run that can without time passing. */
  async settle(): Promise<void> {
    for (;;) {
      // A real macrotask: all promise reactions have run by then.
      await new Promise((resolve) => setImmediate(resolve));
      const due = this.#takeDue();
      if (due === null) return;
      due();
    }
  }

  /** Lets `durationMs` pass, timer by timer. */
  async advance(durationMs: number): Promise<void> {
    const end = this.#now + durationMs;
    await this.settle();
    for (;;) {
      const next = Math.min(...this.#timers.map(({ at }) => at));
      if (next > end) break;
      this.#now = Math.max(this.#now, next);
      await this.settle();
    }
    this.#now = end;
  }

  #takeDue(): (() => void) | null {
    const yielded = this.#yields.shift();
    if (yielded !== undefined) return yielded;
    const due = this.#timers.filter(({ at }) => at <= this.#now).sort((a, b) => a.at - b.at || a.sequence - b.sequence)[0];
    if (due === undefined) return null;
    this.#timers = this.#timers.filter((timer) => timer !== due);
    return due.callback;
  }
}
