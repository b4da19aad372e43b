import { expect, test } from 'vitest';
import type { PeerRow } from '../../bench/peers/bench-peers.ts';
import { EACH_MESSAGE, OURS, PARALLEL_CONSUMER } from '../../bench/peers/contenders.ts';
import { peerVerdicts } from '../../bench/peers/peer-verdicts.ts';
import { idealSeconds } from '../../bench/peers/records.ts';

function row(contender: string, handledSeconds: number, given: Partial<PeerRow> = {}): PeerRow {
  const sample = { handledSeconds, committedSeconds: handledSeconds + 0.1, cpuSeconds: 1, peakMegabytes: 100, duplicates: 0 };
  return {
    contender,
    version: '1.0.0',
    ordering: 'key',
    partitions: 1,
    work: true,
    records: 10_000,
    idealSeconds: 0.25,
    samples: [sample],
    failures: [],
    ...given,
  };
}

const reached = (rows: readonly PeerRow[]): readonly (boolean | null)[] => peerVerdicts({ rows }).map((verdict) => verdict.reached);

test('an aim is reached, missed, or not known, by the figures of both sides', () => {
  const peers = [row(PARALLEL_CONSUMER, 0.6), row(EACH_MESSAGE, 25, { ordering: 'partition' })];
  expect(reached([row(OURS, 0.4), ...peers])).toEqual([true, true, true]);
  expect(reached([row(OURS, 0.8), ...peers])).toEqual([false, true, false]);
  expect(reached([row(OURS, 0.4)])).toEqual([null, true, null]);
});

test('a contender that failed has no time that anybody is held against', () => {
  const failed = row(PARALLEL_CONSUMER, 0.6, { samples: [], failures: ['it handled 9999 of 10000 records'] });
  expect(reached([row(OURS, 0.4), failed])[0]).toBeNull();
});

test('the ideal: all work by all workers, or the busiest lane alone', () => {
  const total = idealSeconds(10_000, 1, 'partition', 100);
  expect(total).toBeGreaterThan(24);
  expect(total).toBeLessThan(26);
  expect(idealSeconds(10_000, 1, 'unordered', 100)).toBeCloseTo(total / 100, 5);
  expect(idealSeconds(10_000, 1, 'key', 100)).toBeCloseTo(total / 100, 5);
  // So many workers that the busiest key is what takes longest.
  expect(idealSeconds(10_000, 1, 'key', 10_000)).toBeGreaterThan(total / 10_000);
  const four = idealSeconds(10_000, 4, 'partition', 100);
  expect(four).toBeGreaterThan(total / 4);
  expect(four).toBeLessThan(total / 3);
});
