import { expect, test } from 'vitest';
import { AcceptedBatches } from '../../src/metrics/accepted-batches.ts';

test('a record is as old as the batch it came in, until a commit passes it', () => {
  const batches = new AcceptedBatches();
  expect(batches.acceptedAt(0)).toBe(null);
  batches.accepted(10, 100);
  batches.accepted(20, 200);
  expect([0, 9, 10, 19, 20].map((offset) => batches.acceptedAt(offset))).toEqual([100, 100, 200, 200, null]);
  batches.committed(10);
  expect(batches.acceptedAt(10)).toBe(200);
  batches.committed(20);
  expect(batches.acceptedAt(19)).toBe(null);
});

test('of more than it keeps, the ages are too great and never too small', () => {
  const batches = new AcceptedBatches();
  for (let batch = 0; batch < 5_000; batch++) batches.accepted(batch + 1, batch);
  expect(batches.acceptedAt(0)).toBe(0);
  expect(batches.acceptedAt(998)).toBe(998);
  expect(batches.acceptedAt(4_999)).toBe(999);
  batches.committed(4_999);
  batches.accepted(5_001, 5_000);
  expect(batches.acceptedAt(5_000)).toBe(5_000);
});
