import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LONGEST_DELAY_MS, backOffMs, skipDelayMs } from '../../src/consumer/retry.ts';

const retry = { initialDelayMs: 200, maxDelayMs: 30_000, factor: 2 };
const says = (value: number): { next(): number } => ({ next: () => value });

test('the ceiling doubles from the initial delay up to the longest', () => {
  const ceilings = [0, 1, 2, 7, 8, 100, 100_000].map((retries) => backOffMs(retry, retries, says(1 - 2 ** -53)));
  expect(ceilings).toEqual([200, 400, 800, 25_600, 30_000, 30_000, 30_000]);
});

test('full jitter: anything from 0 up to the ceiling, in whole milliseconds', () => {
  expect(backOffMs(retry, 3, says(0))).toBe(0);
  expect(backOffMs(retry, 3, says(0.5))).toBe(800);
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(5_000), (value, retries) => {
      const delayMs = backOffMs(retry, retries, says(value));
      expect(Number.isInteger(delayMs)).toBe(true);
      expect(delayMs).toBeGreaterThanOrEqual(0);
      expect(delayMs).toBeLessThanOrEqual(Math.min(30_000, 200 * 2 ** retries));
    }),
  );
});

test('a skip that names its delay gets it, without jitter, and no more than a timer can take', () => {
  expect(skipDelayMs(retry, 5_000, 9, says(0.1))).toBe(5_000);
  expect(skipDelayMs(retry, 0, 9, says(0.1))).toBe(0);
  expect(skipDelayMs(retry, Number.POSITIVE_INFINITY, 0, says(0.1))).toBe(LONGEST_DELAY_MS);
});

test.each([undefined, -1, Number.NaN])('a skip with the delay %s gets the back-off', (retryAfterMs) => {
  expect(skipDelayMs(retry, retryAfterMs, 1, says(0.5))).toBe(200);
});
