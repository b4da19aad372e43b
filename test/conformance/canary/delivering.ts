import { eachAssigned, eachBatch, eachRecord, keyOf } from './changes.ts';
import type { Defect } from './defect.ts';

export const DEFECTS_OF_DELIVERING: readonly Defect[] = [
  {
    name: 'nextOffset is one too high',
    caughtBy: 'batches follow each other',
    says: /nextOffset|fetched from/,
    listener: eachBatch((batch) => ({ ...batch, nextOffset: batch.nextOffset + 1 })),
  },
  {
    name: 'nextOffset is the last record',
    caughtBy: 'batches follow each other',
    says: /is next, but has records/,
    listener: eachBatch((batch) => ({ ...batch, nextOffset: batch.nextOffset - 1 })),
  },
  {
    name: 'fetchedFrom is the first record',
    caughtBy: 'inside a produced batch',
    says: /fetched from/,
    listener: eachBatch((batch) => ({ ...batch, fetchedFrom: 0 })),
  },
  {
    name: 'records below the fetch offset are not trimmed',
    caughtBy: 'inside a produced batch',
    says: /offset 3 where at least 4/,
    listener: eachBatch((batch) => ({
      ...batch,
      records: batch.records[0] === undefined ? [] : [{ ...batch.records[0], offset: batch.fetchedFrom - 1 }, ...batch.records],
    })),
  },
  {
    name: 'a null value turns empty',
    caughtBy: 'null, empty and other',
    says: /records: expected/,
    listener: eachRecord((record) => ({ ...record, value: record.value ?? new Uint8Array() })),
  },
  {
    name: 'an empty value turns null',
    caughtBy: 'null, empty and other',
    says: /records: expected/,
    listener: eachRecord((record) => ({ ...record, value: record.value?.length === 0 ? null : record.value })),
  },
  {
    name: 'a null key turns empty',
    caughtBy: 'null, empty and other',
    says: /records: expected/,
    listener: eachRecord((record) => ({ ...record, key: record.key ?? new Uint8Array() })),
  },
  {
    name: 'values are decoded as text',
    caughtBy: 'null, empty and other',
    says: /records: expected/,
    listener: eachRecord((record) => ({
      ...record,
      value: record.value && new TextEncoder().encode(new TextDecoder().decode(record.value)),
    })),
  },
  {
    name: 'tombstones are left out',
    caughtBy: 'null, empty and other',
    says: /the records/,
    listener: eachBatch((batch) => ({ ...batch, records: batch.records.filter(({ value }) => value !== null) })),
  },
  {
    name: 'headers are dropped',
    caughtBy: 'header values of a name',
    says: /headers: expected/,
    listener: eachRecord((record) => ({ ...record, headers: [] })),
  },
  {
    name: 'headers go through an object',
    caughtBy: 'headers come exactly',
    says: /records: expected/,
    listener: eachRecord((record) => ({ ...record, headers: Object.entries(Object.fromEntries(record.headers)) })),
  },
  {
    name: 'timestamp 0 becomes now',
    caughtBy: 'timestamps come as',
    says: /timestamps: expected/,
    listener: eachRecord((record) => ({ ...record, timestamp: record.timestamp || 1_763_900_000_000 })),
  },
  {
    name: 'a batch before fetchFrom',
    caughtBy: 'nothing is delivered before fetchFrom',
    says: /before fetchFrom asked/,
    listener: (good, consumer) => ({
      assigned(assignment) {
        good.assigned(assignment);
        for (const partition of assignment.partitions) if (partition.partition > 1) consumer().fetchFrom(partition, 0);
      },
    }),
  },
  {
    name: 'a dropped batch is followed by the next',
    caughtBy: 'a dropped batch is forgotten',
    says: /before fetchFrom asked|batches after the drop/,
    listener: (good, consumer) => ({
      batch(batch) {
        const answer = good.batch(batch);
        if (answer === 'dropped') queueMicrotask(() => consumer().fetchFrom(batch, batch.fetchedFrom));
        return answer;
      },
    }),
  },
  {
    name: 'resume is forgotten',
    caughtBy: 'after pause at most one',
    says: /the records after resume/,
    consumer: () => ({ resume: () => {} }),
  },
  {
    name: 'pause is forgotten',
    caughtBy: 'after pause at most one',
    says: /batches came after pause/,
    consumer: () => ({ pause: () => {} }),
  },
  {
    name: 'an empty fetch delivers a null record',
    caughtBy: 'at the log end delivers nothing',
    says: /no record/,
    consumer: (good, listener) => ({
      fetchFrom(partition, offset) {
        good.fetchFrom(partition, offset);
        const unknown = { logStartOffset: null, highWatermark: null, lastStableOffset: null, leaderEpochs: [] };
        if (offset > 0)
          queueMicrotask(() =>
            listener.batch({ ...partition, ...unknown, fetchedFrom: offset, nextOffset: offset, records: [null as never] }),
          );
      },
    }),
  },
  {
    name: 'a large record is left out',
    caughtBy: 'larger than the limit',
    says: /four large records/,
    listener: eachBatch((batch) => ({ ...batch, records: batch.records.filter(({ value }) => (value?.length ?? 0) < 10_000) })),
  },
  {
    name: 'the high watermark is made up',
    caughtBy: 'tells log start and high watermark',
    says: /highWatermark is/,
    listener: eachBatch((batch) => ({ ...batch, highWatermark: batch.nextOffset + 1 })),
  },
  {
    name: 'pause outlives its epoch',
    caughtBy: 'a pause ends with its epoch',
    says: /to deliver/,
    consumer: (good) => {
      const paused = new Set<string>();
      return {
        pause(partitions) {
          for (const each of partitions) paused.add(keyOf(each));
          good.pause(partitions);
        },
        fetchFrom(partition, offset) {
          good.fetchFrom(partition, offset);
          if (paused.has(keyOf(partition))) good.pause([partition]);
        },
      };
    },
  },
  {
    name: 'epochs are used again',
    caughtBy: 'every assignment is a new epoch',
    says: /epoch|not held/,
    listener: eachAssigned((partition) => ({ ...partition, epoch: 1 })),
  },
  {
    name: 'revoked is not told',
    caughtBy: 'every assignment is a new epoch',
    says: /assigned while it was held|hold two partitions/,
    listener: () => ({ revoked: () => Promise.resolve() }),
  },
  {
    name: 'lost is told as revoked',
    caughtBy: 'evicted while it lives',
    says: /to be told|revoked/,
    listener: (good) => ({ lost: (partitions) => void good.revoked(partitions, { graceMs: 0 }) }),
  },
  {
    name: 'out of range jumps to the log start',
    caughtBy: 'below the log start is out of range',
    says: /fetched from 6, and the next one had to be from 2/,
    listener: (_, consumer) => ({ outOfRange: (range) => queueMicrotask(() => consumer().fetchFrom(range, range.logStartOffset)) }),
  },
  {
    name: 'out of range jumps to the log end',
    caughtBy: 'above the log end is out of range',
    says: /outOfRange/,
    listener: (_, consumer) => ({ outOfRange: (range) => queueMicrotask(() => consumer().fetchFrom(range, range.logEndOffset)) }),
  },
  {
    name: 'the log end is out of range',
    caughtBy: 'at the log end delivers nothing',
    says: /before fetchFrom asked|outOfRange/,
    consumer: (good, listener) => ({
      fetchFrom(partition, offset) {
        good.fetchFrom(partition, offset);
        if (offset > 0)
          queueMicrotask(() => listener.outOfRange({ ...partition, fetchedFrom: offset, logStartOffset: 0, logEndOffset: offset }));
      },
    }),
  },
  {
    name: 'the listener is called after stop',
    caughtBy: 'stop is quiet afterwards',
    says: /after stop/,
    consumer: (good, listener) => ({
      async stop() {
        await good.stop();
        listener.lost([], new Error('stopped') as never);
      },
    }),
  },
  {
    name: 'the listener is called from inside a call',
    caughtBy: 'at the log end delivers nothing',
    says: /from inside a call/,
    consumer: (good, listener) => ({
      fetchFrom(partition, offset) {
        good.fetchFrom(partition, offset);
        listener.warning(new Error('fetching') as never);
      },
    }),
  },
  {
    name: 'stop does not leave the group',
    caughtBy: 'leaves its group at once',
    says: /hold all|came .* after/,
    consumer: (good) => ({ stop: async () => good.pause([]) }),
  },
  {
    name: 'revoked is not waited for',
    caughtBy: 'revoked is waited for beyond the session',
    says: /was assigned while it was held/,
    listener: (good) => ({
      revoked: (partitions, options) => {
        void good.revoked(partitions, options);
        return Promise.resolve();
      },
    }),
  },
  {
    name: 'a close that closes nothing',
    caughtBy: 'stays closed',
    says: /after close: expected "BROKER_UNREACHABLE", got "answered"/,
    transport: () => ({ close: () => Promise.resolve() }),
  },
  {
    name: 'start resolves before the assignment',
    caughtBy: 'start resolves when',
    says: /does not hold|before anything/,
    consumer: (good) => ({ start: () => (void good.start(), Promise.resolve()) }),
  },
];
