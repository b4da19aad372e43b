import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TokenBucket, type TokenBucketLimits } from '../../src/consumer/token-bucket.ts';

const START = 1_750_000_000_000;

const wholeLimits: fc.Arbitrary<TokenBucketLimits> = fc.record({
  recordsPerSecond: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 1_000_000 })),
  burst: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 200 })),
});
const anyLimits: fc.Arbitrary<TokenBucketLimits> = fc.record({
  recordsPerSecond: fc.oneof(fc.double({ min: 0.01, max: 5, noNaN: true }), fc.double({ min: 0.01, max: 1_000_000, noNaN: true })),
  burst: fc.integer({ min: 1, max: 200 }),
});
/** Waits before each turn, and how often a token is asked for then. */
const turns = fc.array(
  fc.record({
    waitMs: fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 0, max: 40 }) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 86_400_000 }) },
    ),
    asks: fc.integer({ min: 1, max: 60 }),
  }),
  { minLength: 1, maxLength: 30 },
);

/** When each token was taken. */
function play(limits: TokenBucketLimits, plan: readonly { readonly waitMs: number; readonly asks: number }[]): readonly number[] {
  const bucket = new TokenBucket(limits, START);
  const taken: number[] = [];
  let now = START;
  for (const { waitMs, asks } of plan) {
    now += waitMs;
    for (let ask = 0; ask < asks; ask += 1) if (bucket.tryTake(now)) taken.push(now);
  }
  return taken;
}

/** The most that any window was above its bound; windows begin and end at a delivery. */
function worstExcess({ recordsPerSecond, burst }: TokenBucketLimits, taken: readonly number[]): number {
  let worst = -Infinity;
  for (const [first, from] of taken.entries()) {
    for (let last = first; last < taken.length; last += 1) {
      const allowed = burst * 1_000 + ((taken[last] as number) - from) * recordsPerSecond;
      worst = Math.max(worst, (last - first + 1) * 1_000 - allowed);
    }
  }
  return worst;
}

describe('token bucket', () => {
  test('is never overdrawn, over any window: exactly so with whole rates', () => {
    fc.assert(
      fc.property(wholeLimits, turns, (limits, plan) => {
        expect(worstExcess(limits, play(limits, plan))).toBeLessThanOrEqual(0);
      }),
    );
  });

  test('is never overdrawn with any rate, but for the last bit of a number', () => {
    fc.assert(
      fc.property(anyLimits, turns, (limits, plan) => {
        const lastBits = 4 * plan.length * 86_400_000 * limits.recordsPerSecond * Number.EPSILON;
        expect(worstExcess(limits, play(limits, plan))).toBeLessThanOrEqual(Math.max(1e-6, lastBits));
      }),
    );
  });

  test('gives all that the limits allow: refused only where one more would break the bound', () => {
    fc.assert(
      fc.property(wholeLimits, turns, (limits, plan) => {
        const bucket = new TokenBucket(limits, START);
        const taken: number[] = [];
        let now = START;
        for (const { waitMs, asks } of plan) {
          now += waitMs;
          for (let ask = 0; ask < asks; ask += 1) {
            if (bucket.tryTake(now)) taken.push(now);
            else expect(worstExcess(limits, [...taken, now])).toBeGreaterThan(0);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  test('says when the next token is there: then it is, and a millisecond before it is not', () => {
    fc.assert(
      fc.property(fc.oneof(wholeLimits, anyLimits), turns, (limits, plan) => {
        let now = START;
        const bucket = new TokenBucket(limits, now);
        for (const { waitMs, asks } of plan) {
          now += waitMs;
          for (let ask = 0; ask < asks; ask += 1) bucket.tryTake(now);
          const next = bucket.nextAt(now);
          expect(next).toBeGreaterThanOrEqual(now);
          if (next === now) continue;
          expect(bucket.tryTake(next - 1)).toBe(false);
          expect(bucket.nextAt(next - 1)).toBe(next);
          expect(bucket.tryTake(next)).toBe(true);
          now = next;
        }
      }),
    );
  });

  test('says how many there are: so many times in a row it is not refused, and then it is', () => {
    fc.assert(
      fc.property(fc.oneof(wholeLimits, anyLimits), turns, (limits, plan) => {
        let now = START;
        const bucket = new TokenBucket(limits, now);
        for (const { waitMs, asks } of plan) {
          now += waitMs;
          for (let ask = 0; ask < asks; ask += 1) bucket.tryTake(now);
          const available = bucket.available(now);
          let taken = 0;
          while (bucket.tryTake(now)) taken += 1;
          expect(available).toBe(taken);
        }
      }),
    );
  });

  test('who waits for each token gets the rate, for an hour', () => {
    const bucket = new TokenBucket({ recordsPerSecond: 7, burst: 2 }, START);
    let now = START;
    let taken = 0;
    while (now < START + 3_600_000) {
      if (bucket.tryTake(now)) taken += 1;
      else now = bucket.nextAt(now);
    }
    expect(taken).toBe(2 + 7 * 3_600 - 1); // the burst, and all but the one of the last moment
  });

  test('one in ten seconds', () => {
    const bucket = new TokenBucket({ recordsPerSecond: 0.1, burst: 1 }, 0);
    expect([bucket.tryTake(0), bucket.tryTake(0), bucket.nextAt(1)]).toEqual([true, false, 10_000]);
    expect([bucket.tryTake(9_999), bucket.tryTake(10_000), bucket.tryTake(10_001)]).toEqual([false, true, false]);
  });

  test('a clock that jumps ahead earns no more than a burst', () => {
    const bucket = new TokenBucket({ recordsPerSecond: 100, burst: 3 }, 0);
    for (const now of [0, 86_400_000]) {
      expect([1, 2, 3, 4].map(() => bucket.tryTake(now))).toEqual([true, true, true, false]);
    }
  });

  test('a clock that is set back earns nothing, and nobody waits until it has caught up', () => {
    fc.assert(
      fc.property(
        wholeLimits,
        fc.array(fc.record({ moveMs: fc.integer({ min: -50, max: 50 }), asks: fc.integer({ min: 1, max: 20 }) })),
        (limits, plan) => {
          const bucket = new TokenBucket(limits, START);
          let now = START;
          let forward = 0;
          let taken = 0;
          for (const { moveMs, asks } of plan) {
            now += moveMs;
            forward += Math.max(0, moveMs);
            for (let ask = 0; ask < asks; ask += 1) if (bucket.tryTake(now)) taken += 1;
            expect(taken * 1_000).toBeLessThanOrEqual(limits.burst * 1_000 + forward * limits.recordsPerSecond);
            expect(bucket.nextAt(now) - now).toBeLessThanOrEqual(Math.ceil(1_000 / limits.recordsPerSecond));
          }
        },
      ),
    );
  });

  test('is not fooled by the last bit of a number: neither a token nor a millisecond too early', () => {
    const late = new TokenBucket({ recordsPerSecond: 0.799_999_999_999_999_9, burst: 12 }, START);
    const now = START + 12_735;
    for (let ask = 0; ask < 12; ask += 1) late.tryTake(now);
    const next = late.nextAt(now);
    expect([next, late.tryTake(next - 1), late.tryTake(next)]).toEqual([now + 1_251, false, true]);

    const few = new TokenBucket({ recordsPerSecond: 5_999.999_999_999_999, burst: 10 }, 0);
    for (const [at, asks] of [
      [0, 10],
      [2, 5],
      [3, 6],
    ] as const)
      for (let ask = 0; ask < asks; ask += 1) few.tryTake(at);
    expect(few.available(4)).toBe(9);
    expect(Array.from({ length: 10 }, () => few.tryTake(4)).filter(Boolean)).toHaveLength(9);
  });

  test('that is asked first after a clock was set back says the same as when it is asked for a token', () => {
    const asked = (): TokenBucket => {
      const bucket = new TokenBucket({ recordsPerSecond: 10, burst: 5 }, START);
      for (let ask = 0; ask < 5; ask += 1) bucket.tryTake(START);
      return bucket;
    };
    expect(asked().nextAt(START - 1_000)).toBe(START - 900);
    const refilled = asked();
    expect(refilled.available(START + 200)).toBe(2);
    expect(refilled.available(START - 5_000)).toBe(2);
  });

  test.each([
    { recordsPerSecond: 0, burst: 1 },
    { recordsPerSecond: Number.NaN, burst: 1 },
    { recordsPerSecond: Infinity, burst: 1 },
    { recordsPerSecond: 1, burst: 0 },
    { recordsPerSecond: 1, burst: 1.5 },
    { recordsPerSecond: 1, burst: Number.NaN },
  ])('refuses $recordsPerSecond a second with a burst of $burst, and names what is wrong', (limits) => {
    const wrong =
      /^(recordsPerSecond is (0|NaN|Infinity), expected a number above 0|burst is (0|1.5|NaN), expected a whole number from 1)$/;
    expect(() => new TokenBucket(limits, 0)).toThrow(RangeError);
    expect(() => new TokenBucket(limits, 0)).toThrow(wrong);
  });
});
