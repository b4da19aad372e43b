import type { BackOff, RetryLimits } from '../handler.ts';
import type { Random } from '../random.ts';
import type { OpenRecord } from './open-record.ts';

/** The longest delay that a timer of the platform takes (2^31 − 1 ms, about 24.8 days); a longer wish is cut to it. */
export const LONGEST_DELAY_MS = 2_147_483_647;

/**
 * Back-off with full jitter: a whole number of milliseconds in [0, min(maxDelayMs, initialDelayMs × factor^retries)]; without
 * jitter the ceiling itself. `retries` counts the redeliveries of this record that were scheduled before.
 */
export function backOffMs(options: BackOff & Pick<RetryLimits, 'jitter'>, retries: number, random: Random): number {
  const ceilingMs = Math.min(options.maxDelayMs, options.initialDelayMs * options.factor ** retries, LONGEST_DELAY_MS);
  return options.jitter === 'none' ? Math.floor(ceilingMs) : Math.floor(random.next() * (ceilingMs + 1));
}

/** When to deliver a skipped record again: as the handler asked, else by the back-off. */
export function skipDelayMs(
  options: BackOff & Pick<RetryLimits, 'jitter'>,
  retryAfterMs: number | undefined,
  retries: number,
  random: Random,
): number {
  if (retryAfterMs === undefined || !(retryAfterMs >= 0)) return backOffMs(options, retries, random);
  return Math.min(retryAfterMs, LONGEST_DELAY_MS);
}

type Counts = Pick<OpenRecord, 'failures' | 'skips' | 'firstFailedAt' | 'firstSkippedAt'>;

/** Whether a record that has just failed, this failure counted, is not to be tried again. */
export function isExhaustedByFailure(limits: RetryLimits, counts: Counts, now: number, error: unknown): boolean {
  const { maxAttempts = Infinity, maxElapsedMs = Infinity, retryIf } = limits;
  if (counts.failures >= maxAttempts || now - counts.firstFailedAt >= maxElapsedMs) return true;
  return retryIf !== undefined && !mayRetry(retryIf, error);
}

/** The same of a record that was just skipped, this Skip counted. */
export function isExhaustedBySkip(limits: RetryLimits, counts: Counts, now: number): boolean {
  const { maxSkips = Infinity, maxSkipMs = Infinity } = limits;
  return counts.skips > maxSkips || now - counts.firstSkippedAt >= maxSkipMs;
}

/** A predicate that throws has not said no. */
function mayRetry(retryIf: (error: unknown) => boolean, error: unknown): boolean {
  try {
    return retryIf(error);
  } catch {
    return true;
  }
}
