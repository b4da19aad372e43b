import type { Clock, Timer } from '../../src/clock.ts';
import { VENUE_TIMER, type EventLoop } from './event-loop.ts';
import type { Incarnation } from './incarnation.ts';

const INERT_TIMER: Timer = { cancel: () => {} };

/** The clock of one incarnation: once that is killed, its timers never fire and new ones are stale effects. */
export class VirtualClock implements Clock {
  readonly #loop: EventLoop;
  readonly #owner: Incarnation | null;

  /** `owner` null: the venue's own clock, which nothing kills. */
  constructor(loop: EventLoop, owner: Incarnation | null) {
    this.#loop = loop;
    this.#owner = owner;
  }

  now(): number {
    return this.#owner === null ? this.#loop.now : this.#loop.now + this.#owner.readClock();
  }

  monotonic(): number {
    return this.#loop.now;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    if (!(delayMs >= 0)) throw new RangeError(`A timer's delay must be a number of milliseconds from 0 on; given ${String(delayMs)}`);
    if (this.#owner?.refuses(() => `set a timer of ${delayMs} ms`)) return INERT_TIMER;
    const event = this.#loop.schedule(this.#loop.now + delayMs, this.#owner, this.#owner === null ? VENUE_TIMER : 'timer', callback);
    return { cancel: () => this.#loop.cancel(event) };
  }

  yield(callback: () => void): void {
    if (this.#owner?.refuses(() => 'yielded')) return;
    this.#loop.schedule(this.#loop.now, this.#owner, 'yield', callback);
  }
}
