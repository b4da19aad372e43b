import { rehearse } from 'kafka-rehearsal/testing';
import 'kafka-rehearsal/vitest';
import { expect, test } from 'vitest';
import { readingHandler } from './reading-handler.ts';
import type { ReadingStore, Row } from './reading-handler.ts';

const topic = 'readings';

class MemoryStore implements ReadingStore {
  readonly rows = new Map<string, Row>();
  readonly sizes: number[] = [];
  /** Ids that it refuses once. */
  readonly refusedOnce = new Set<string>();

  async insertMany(rows: readonly Row[]): Promise<readonly boolean[]> {
    this.sizes.push(rows.length);
    return rows.map((row) => {
      if (this.refusedOnce.delete(row.id)) return false;
      this.rows.set(row.id, row);
      return true;
    });
  }
}

const readings = Array.from({ length: 250 }, (_, level) => ({ value: { sensor: 'attic', level } }));

test('a hundred readings at a time, and the rest after 50 ms', async () => {
  const store = new MemoryStore();
  await using stage = await rehearse({ handlers: [readingHandler(store)] });
  await stage.produce(topic, readings);
  await stage.idle();
  expect(store.sizes).toEqual([100, 100, 50]);
  expect(stage).toHaveCommitted({ topic, offset: 250 });
});

test('a row that the store did not take comes again, and the others of its batch do not', async () => {
  const store = new MemoryStore();
  store.refusedOnce.add(`${topic}/0/7`);
  await using stage = await rehearse({ handlers: [readingHandler(store)] });
  await stage.produce(topic, readings.slice(0, 10));
  await stage.idle();
  expect(store.sizes).toEqual([10, 1]);
  expect(store.rows.size).toBe(10);
});

test('a reading that is none is rejected by itself, and the others are inserted', async () => {
  const store = new MemoryStore();
  await using stage = await rehearse({ handlers: [readingHandler(store)] });
  await stage.produce(topic, [{ value: { sensor: 'attic', level: 1 } }, { value: 'nonsense' }, { value: { sensor: 'attic', level: 2 } }]);
  await stage.idle();
  expect([...store.rows.keys()]).toEqual([`${topic}/0/0`, `${topic}/0/2`]);
  expect(stage).toHaveRejected({ topic, offset: 1, reason: 'decode-failed' });
});
