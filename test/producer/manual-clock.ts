import type { Clock, Timer } from '../../src/clock.ts';

interface Due {
  readonly at: number;
  readonly callback: () => void;
}

/** Time that a test moves by hand, with every promise settled at each step. */
export class ManualClock implements Clock {
  #now = 1_000_000;
  #due: Due[] = [];

  now(): number {
    return this.#now;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const due = { at: this.#now + delayMs, callback };
    this.#due.push(due);
    return { cancel: () => void (this.#due = this.#due.filter((other) => other !== due)) };
  }

  yield(callback: () => void): void {
    this.setTimer(0, callback);
  }

  get timers(): number {
    return this.#due.length;
  }

  /** Lets `durationMs` pass; what is due at the same time runs in the order in which it was set. */
  async advance(durationMs: number): Promise<void> {
    const until = this.#now + durationMs;
    await settlePromises();
    for (;;) {
      const next = this.#due.filter(({ at }) => at <= until).sort((one, other) => one.at - other.at)[0];
      if (next === undefined) break;
      this.#due = this.#due.filter((other) => other !== next);
      this.#now = next.at;
      next.callback();
      await settlePromises();
    }
    this.#now = until;
  }
}

/** A macrotask: all promises that can settle have done so after it. */
function settlePromises(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
