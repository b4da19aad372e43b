import { rehearse } from 'kafka-rehearsal/testing';
import 'kafka-rehearsal/vitest';
import { expect, test } from 'vitest';
import { stockHandler } from './stock-handler.ts';
import type { Warehouse } from './stock-handler.ts';

const topic = 'stock-movements';

class MemoryWarehouse implements Warehouse {
  readonly beingCounted = new Set<string>();
  readonly moved: string[] = [];

  async move(id: string, article: string, pieces: number): ReturnType<Warehouse['move']> {
    if (this.beingCounted.has(article)) return 'being-counted';
    this.moved.push(`${article} ${pieces} (${id})`);
    return 'moved';
  }
}

const movements = ['screws', 'nails', 'screws', 'nails'].map((article, index) => ({ key: article, value: { article, pieces: index } }));

test('an article that is being counted holds up its own movements, in order, and nobody else', async () => {
  const warehouse = new MemoryWarehouse();
  warehouse.beingCounted.add('screws');
  await using stage = await rehearse({ handlers: [stockHandler(warehouse)] });
  await stage.produce(topic, movements);
  await stage.advance(3_600_000);
  expect(warehouse.moved).toEqual([`nails 1 (${topic}/0/1)`, `nails 3 (${topic}/0/3)`]);
  // Nothing is committed past the first record, for it is not done.
  expect(stage.committedOffset(topic, 0)).toBe(0);

  warehouse.beingCounted.clear();
  await stage.idle();
  expect(warehouse.moved.slice(2)).toEqual([`screws 0 (${topic}/0/0)`, `screws 2 (${topic}/0/2)`]);
  expect(stage).toHaveCommitted({ topic, offset: 4 });
});

test('a crash repeats what was open, and not what was done above it', async () => {
  const warehouse = new MemoryWarehouse();
  warehouse.beingCounted.add('screws');
  await using stage = await rehearse({ handlers: [stockHandler(warehouse)] });
  await stage.produce(topic, movements);
  await stage.advance(10_000);
  await stage.crash();
  warehouse.beingCounted.clear();
  await stage.restart();
  await stage.idle();
  expect(warehouse.moved.filter((line) => line.startsWith('nails'))).toHaveLength(2);
  expect(stage).toHaveCommitted({ topic, offset: 4 });
});
