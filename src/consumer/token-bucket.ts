/** How many records a second, and how many of them at once after a quiet time. */
export interface TokenBucketLimits {
  /** Above 0; may be a fraction, such as 0.1 for one in ten seconds. */
  readonly recordsPerSecond: number;
  /** A whole number from 1. Below a thousandth of the rate it is the real limit where the clock counts whole milliseconds. */
  readonly burst: number;
}

const MS_PER_SECOND = 1_000;

/**
 * Lets `burst` records through at once, and `recordsPerSecond` over time: in any window of `w` seconds, its ends included,
 * no more than burst + rate × w. It counts from the last moment at which it was full instead of adding up fractions, so it
 * does not drift; with a whole rate and a clock of whole milliseconds the bound holds exactly. A clock that is set back earns
 * nothing and costs nothing: only movement forward counts.
 */
export class TokenBucket {
  readonly #rate: number;
  readonly #burst: number;
  /** When it was last full, and what was taken since. */
  #fullAt: number;
  #taken = 0;
  #seenAt: number;

  /** Full at `now`. Throws RangeError for limits out of bounds. */
  constructor({ recordsPerSecond, burst }: TokenBucketLimits, now: number) {
    if (!(recordsPerSecond > 0 && Number.isFinite(recordsPerSecond)))
      throw new RangeError(`recordsPerSecond is ${recordsPerSecond}, expected a number above 0`);
    if (!(Number.isSafeInteger(burst) && burst >= 1)) throw new RangeError(`burst is ${burst}, expected a whole number from 1`);
    this.#rate = recordsPerSecond;
    this.#burst = burst;
    this.#fullAt = now;
    this.#seenAt = now;
  }

  /** Takes one record's token; false, and nothing taken, where there is none. */
  tryTake(now: number): boolean {
    this.#moveTo(now);
    if (!this.#hasTokensAt(now, 1)) return false;
    this.#taken += 1;
    return true;
  }

  /** How many records it lets through at once when it is full. */
  get burst(): number {
    return this.#burst;
  }

  /**
   * The first whole millisecond from `now` on at which `tryTake` succeeds `count` times (at most the burst) in a row, if nobody
   * takes before; `now` where it does at once.
   */
  nextAt(now: number, count: number = 1): number {
    this.#moveTo(now);
    if (this.#hasTokensAt(now, count)) return now;
    const at = Math.ceil(this.#fullAt + ((this.#taken + count - this.#burst) * MS_PER_SECOND) / this.#rate);
    return this.#hasTokensAt(at, count) ? at : at + 1; // rounding may have lost the last bit
  }

  /** How many times in a row `tryTake` succeeds now, at most the burst. */
  available(now: number): number {
    this.#moveTo(now);
    const estimate = Math.floor(this.#burst - this.#taken + ((now - this.#fullAt) * this.#rate) / MS_PER_SECOND);
    const count = Math.min(this.#burst, Math.max(0, estimate));
    // Rounding may have gained one, and what counts is what `tryTake` says. It loses none: what is no less than a whole number
    // is none less after a division or an addition either.
    return count > 0 && !this.#hasTokensAt(now, count) ? count - 1 : count;
  }

  #moveTo(now: number): void {
    if (now < this.#seenAt) this.#fullAt -= this.#seenAt - now;
    this.#seenAt = now;
    if ((now - this.#fullAt) * this.#rate < this.#taken * MS_PER_SECOND) return;
    this.#fullAt = now;
    this.#taken = 0;
  }

  #hasTokensAt(at: number, count: number): boolean {
    return (this.#taken + count - this.#burst) * MS_PER_SECOND <= (at - this.#fullAt) * this.#rate;
  }
}
