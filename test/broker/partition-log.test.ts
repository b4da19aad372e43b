import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PartitionLog } from '../../testing/broker/partition-log.ts';
import type { RecordBatch } from '../../testing/broker/record-batch.ts';

/** A batch with gaps: `offsets` are those of its records, relative to `baseOffset`. */
function batch(
  baseOffset: number,
  offsets: readonly number[],
  lastDelta: number,
  timestamps: readonly number[],
  sizeInBytes = 100,
): RecordBatch {
  const records = offsets.map((delta, index) => ({
    topic: 't',
    partition: 0,
    offset: baseOffset + delta,
    timestamp: timestamps[index] ?? -1,
    key: null,
    value: null,
    headers: [],
  }));
  return {
    baseOffset,
    lastOffset: baseOffset + lastDelta,
    records,
    sizeInBytes,
    maxTimestamp: Math.max(-1, ...timestamps),
    partitionLeaderEpoch: 0,
  };
}

interface Shape {
  readonly gapBefore: number;
  readonly timestamps: readonly number[];
  readonly holes: number;
  readonly sizeInBytes: number;
}

const shapes = fc.array(
  fc.record({
    gapBefore: fc.nat(3),
    timestamps: fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 4 }),
    holes: fc.nat(2),
    sizeInBytes: fc.integer({ min: 61, max: 300 }),
  }),
  { minLength: 1, maxLength: 800, size: 'max' },
);

function build(plan: readonly Shape[]): { log: PartitionLog; batches: RecordBatch[] } {
  const log = new PartitionLog();
  const batches: RecordBatch[] = [];
  for (const { gapBefore, timestamps, holes, sizeInBytes } of plan) {
    const made = batch(
      log.logEndOffset + gapBefore,
      [...timestamps.keys()],
      Math.max(0, timestamps.length - 1 + holes),
      timestamps,
      sizeInBytes,
    );
    log.append(made);
    batches.push(made);
  }
  return { log, batches };
}

describe('against a plain array', () => {
  test('reads, sizes and searches agree, whatever the gaps, the timestamps and the log start', () => {
    fc.assert(
      fc.property(
        shapes,
        fc.double({ min: 0, max: 1.1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(41),
        fc.nat(2_000),
        fc.boolean(),
        (plan, startAt, readAt, timestamp, maxBytes, minOneBatch) => {
          const { log, batches } = build(plan);
          const start = Math.floor(startAt * log.logEndOffset);
          log.moveStart(start);
          const logStart = Math.min(start, log.logEndOffset);
          expect(log.logStartOffset).toBe(logStart);
          const from = logStart + Math.floor(readAt * (log.logEndOffset - logStart));

          const wanted = batches.filter(({ lastOffset }) => lastOffset >= from);
          expect([...log.batches(from)]).toEqual(wanted);
          expect(log.bytesFrom(from)).toBe(wanted.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0));

          let bytes = 0;
          const fitting = wanted.filter(({ sizeInBytes }, index) => {
            bytes += sizeInBytes;
            return bytes <= maxBytes || (minOneBatch && index === 0);
          });
          expect(log.read(from, maxBytes, minOneBatch)).toEqual(fitting);

          const records = batches.flatMap((each) => each.records).filter(({ offset }) => offset >= logStart);
          expect(log.findByTimestamp(timestamp)).toBe(records.find((each) => each.timestamp >= timestamp) ?? null);
          const max = Math.max(-1, ...records.map((each) => each.timestamp));
          expect(log.findMaxTimestamp()?.timestamp ?? -1).toBe(max);
        },
      ),
      { numRuns: 60 },
    );
  });
});

test('an append below the log end is a mistake of the caller', () => {
  const log = new PartitionLog();
  log.append(batch(0, [0], 0, [1]));
  expect(() => log.append(batch(0, [0], 0, [1]))).toThrow('Batch at offset 0 below the log end 1');
});

test('the log start never goes back and stops at the log end', () => {
  const log = new PartitionLog();
  log.append(batch(0, [0], 0, [1]));
  log.moveStart(9);
  expect(log.logStartOffset).toBe(1);
  log.moveStart(0);
  expect(log.logStartOffset).toBe(1);
  log.append(batch(1, [0], 0, [1]));
  expect([...log.batches(1)]).toHaveLength(1);
});

test('where the log parts from another is told by the leader epoch of the record before', () => {
  const log = new PartitionLog();
  const append = (offset: number, partitionLeaderEpoch: number): void =>
    log.append({ ...batch(offset, [0], 0, [1]), partitionLeaderEpoch });
  expect(log.divergesAt(0, 0)).toBeNull();
  for (const offset of [0, 1, 2]) append(offset, 1);
  for (const offset of [3, 4]) append(offset, 3);
  // Up to what it has: no. Beyond the end of that epoch, or after one that it never had: there.
  expect([log.divergesAt(2, 1), log.divergesAt(3, 1), log.divergesAt(5, 3)]).toEqual([null, null, null]);
  expect([log.divergesAt(4, 1), log.divergesAt(6, 3)]).toEqual([3, 5]);
  expect([log.divergesAt(4, 2), log.divergesAt(5, 4)]).toEqual([3, 5]);
  // What is older than all of it: nothing of it is here.
  expect([log.divergesAt(0, 0), log.divergesAt(1, 0)]).toEqual([null, 0]);
  log.truncate(2);
  for (const offset of [2, 3, 4]) append(offset, 4);
  expect([log.divergesAt(3, 1), log.divergesAt(5, 3), log.divergesAt(2, 1), log.divergesAt(5, 4)]).toEqual([2, 2, null, null]);
  // A leader that had nothing at all, before and after its first record.
  log.truncate(0);
  expect([log.divergesAt(0, 4), log.divergesAt(5, 4)]).toEqual([null, 0]);
  append(0, 5);
  expect([log.divergesAt(5, 4), log.divergesAt(1, 4), log.divergesAt(1, 5)]).toEqual([0, 0, null]);
});
