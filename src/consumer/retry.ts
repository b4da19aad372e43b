import type { RetryOptions } from '../handler.ts';
import type { Random } from '../random.ts';

/** The longest delay that a timer of the platform takes (2^31 − 1 ms, about 24.8 days); a longer wish is cut to it. */
export const LONGEST_DELAY_MS = 2_147_483_647;

/**
 * Back-off with full jitter: a whole number of milliseconds in [0, min(maxDelayMs, initialDelayMs × factor^retries)].
 * `retries` counts the redeliveries of this record that were scheduled before.
 */
export function backOffMs(options: Required<RetryOptions>, retries: number, random: Random): number {
  const ceilingMs = Math.min(options.maxDelayMs, options.initialDelayMs * options.factor ** retries, LONGEST_DELAY_MS);
  return Math.floor(random.next() * (ceilingMs + 1));
}

/** When to deliver a skipped record again: as the handler asked, else by the back-off. */
export function skipDelayMs(options: Required<RetryOptions>, retryAfterMs: number | undefined, retries: number, random: Random): number {
  if (retryAfterMs === undefined || !(retryAfterMs >= 0)) return backOffMs(options, retries, random);
  return Math.min(retryAfterMs, LONGEST_DELAY_MS);
}
