import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { GroupPartitionOffset } from '../../src/offsets/group-offsets.ts';
import { planOffset } from '../../src/offsets/plan-offset.ts';

const stands = (given: Partial<GroupPartitionOffset>): GroupPartitionOffset => ({
  topic: 'orders',
  partition: 0,
  committed: null,
  metadata: null,
  logStartOffset: 0,
  lastStableOffset: 100,
  logEndOffset: 100,
  lag: null,
  ...given,
});

const situations = fc
  .record({
    committed: fc.option(fc.integer({ min: -2, max: 40 }).filter((offset) => offset !== -1)),
    start: fc.integer({ min: 0, max: 20 }),
    length: fc.integer({ min: 0, max: 20 }),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    isFirstStart: fc.boolean(),
  })
  .map(({ committed, start, length, at, isFirstStart }) => ({
    before: stands({ committed, logStartOffset: start, lastStableOffset: start + length, logEndOffset: start + length }),
    newOffset: start + Math.round(at * length),
    isFirstStart: isFirstStart && committed === null,
  }));

test('what is delivered again, and what is passed over, offset by offset', () => {
  fc.assert(
    fc.property(situations, ({ before, newOffset, isFirstStart }) => {
      const { committed, logStartOffset, logEndOffset } = before;
      const inLog = Array.from({ length: logEndOffset - logStartOffset }, (_, index) => logStartOffset + index);
      const isDone = (offset: number): boolean => offset < (committed ?? -1);
      const planned = planOffset(before, newOffset, isFirstStart);
      expect(planned.deliveredAgain).toBe(inLog.filter((offset) => isDone(offset) && offset >= newOffset).length);
      expect(planned.passedOver).toBe(inLog.filter((offset) => !isDone(offset) && offset < newOffset).length);
      expect(planned.breaksPromise).toBe(planned.passedOver > 0 && !isFirstStart);
      expect(planned.change === 'none').toBe(newOffset === committed);
      expect(planned.change === 'first').toBe(committed === null || committed < 0);
    }),
  );
});

test('metadata goes with the offset it belongs to, and stays where nothing changes', () => {
  const before = stands({ committed: 50, metadata: 'ledger' });
  expect([40, 50, 60].map((newOffset) => planOffset(before, newOffset, false).dropsMetadata)).toEqual([true, false, true]);
});

test.each([
  ['back', 50, 20, { change: 'back', deliveredAgain: 30, passedOver: 0, breaksPromise: false }],
  ['forward', 50, 70, { change: 'forward', deliveredAgain: 0, passedOver: 20, breaksPromise: true }],
  ['where it stands', 50, 50, { change: 'none', deliveredAgain: 0, passedOver: 0, breaksPromise: false }],
  ['above the log end, as after a topic was made again', 500, 0, { change: 'back', deliveredAgain: 100, passedOver: 0 }],
  ['out of range, as some clients leave it', -2, 10, { change: 'first', passedOver: 10, breaksPromise: true }],
] as const)('%s: from %s to %s', (_what, committed, newOffset, expected) => {
  expect(planOffset(stands({ committed }), newOffset, false)).toMatchObject(expected);
});

test('what retention has taken is not passed over by anybody', () => {
  expect(planOffset(stands({ committed: 5, logStartOffset: 30 }), 30, false)).toMatchObject({
    change: 'forward',
    passedOver: 0,
    breaksPromise: false,
  });
});

test('a first start may begin anywhere; a partition that was added to a topic in use may not', () => {
  expect(planOffset(stands({}), 100, true)).toMatchObject({ change: 'first', passedOver: 100, breaksPromise: false });
  expect(planOffset(stands({}), 100, false)).toMatchObject({ change: 'first', passedOver: 100, breaksPromise: true });
});
