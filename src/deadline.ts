import type { Clock, Timer } from './clock.ts';

/** A point in time that waiting stops at. */
export class Deadline {
  readonly #clock: Clock;
  #at: number;
  #timer: Timer;
  #expired = false;
  #cancelled = false;
  readonly #reached = Promise.withResolvers<false>();
  readonly #expire = (): void => {
    this.#expired = true;
    this.#reached.resolve(false);
  };

  constructor(clock: Clock, delayMs: number) {
    this.#clock = clock;
    this.#at = clock.now() + delayMs;
    this.#timer = clock.setTimer(delayMs, this.#expire);
  }

  get remainingMs(): number {
    return this.#expired ? 0 : Math.max(0, this.#at - this.#clock.now());
  }

  /** Moves the deadline to `delayMs` from now, if that is earlier. */
  shortenTo(delayMs: number): void {
    const at = this.#clock.now() + delayMs;
    if (this.#expired || this.#cancelled || at >= this.#at) return;
    this.#at = at;
    this.#timer.cancel();
    if (delayMs <= 0) this.#expire();
    else this.#timer = this.#clock.setTimer(delayMs, this.#expire);
  }

  /** True when `work` resolved before the deadline, false when not. Rejects as `work` does. */
  async reachedBy(work: Promise<unknown>): Promise<boolean> {
    return Promise.race([work.then(() => true), this.#reached.promise]);
  }

  /** No longer needed. */
  cancel(): void {
    this.#cancelled = true;
    this.#timer.cancel();
  }
}
