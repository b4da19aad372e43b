import { expect, test } from 'vitest';
import '../../testing/vitest/index.ts';
import { consume, defineHandler, reject, skip } from '../../src/index.ts';
import { assertThat, hasCommitted, matchers, rehearse } from '../../testing/index.ts';
import type { Stage } from '../../testing/index.ts';
import { matches } from '../../testing/matchers/matches.ts';
import { stageTest } from '../../testing/vitest/index.ts';

async function played(): Promise<Stage> {
  const orders = defineHandler({
    topic: 'orders',
    handle: (_, { record, attempt }) => {
      if (record.offset === 1) return reject('too-old');
      return record.offset === 2 && attempt < 3 ? skip('busy') : consume();
    },
  });
  const stage = await rehearse({
    handlers: [orders],
    topics: [
      { name: 'orders', partitions: 1 },
      { name: 'receipts', partitions: 1 },
    ],
  });
  await stage.produce('orders', [{ key: 'u1', value: { id: 1 } }, { key: 'u2', value: 'text' }, { value: null }]);
  await stage.idle();
  return stage;
}

function messageOf(run: () => void): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  return 'it passed';
}

test('what happened passes, and what did not happen passes against .not', async () => {
  await using stage = await played();
  expect(stage).toHaveCommitted({ topic: 'orders', partition: 0, offset: 3 });
  expect(stage).not.toHaveCommitted({ topic: 'orders', partition: 0, offset: 2 });
  expect(stage).toHaveConsumed({ topic: 'orders', offset: 0 });
  expect(stage).not.toHaveConsumed({ topic: 'orders', offset: 1 });
  expect(stage).toHaveRejected({ topic: 'orders', offset: 1, reason: 'too-old' });
  expect(stage).toHaveRejected({ topic: 'orders', offset: 1, reason: expect.stringMatching(/old/) });
  expect(stage).not.toHaveRejected({ topic: 'orders', offset: 1, reason: 'invalid' });
  expect(stage).toHaveSkipped({ topic: 'orders', partition: 0, offset: 2, times: 2, reason: 'busy' });
  expect(stage).not.toHaveSkipped({ topic: 'orders', offset: 2, times: 1 });
  expect(stage).not.toHaveProduced({ topic: 'receipts' });
});

test('a failure shows what was expected, what happened, and the record with its history', async () => {
  await using stage = await played();
  expect(messageOf(() => expect(stage).toHaveCommitted({ topic: 'orders', partition: 0, offset: 2 }))).toBe(
    'Expected orders/0 to have committed offset 2; it has committed offset 3.\n' +
      '  No record stands at or above it.\n' +
      '  The record at 2: orders/0/2, key null, value null: skip "busy" ×2, consume',
  );
  expect(messageOf(() => expect(stage).toHaveRejected({ topic: 'orders', offset: 0, reason: 'too-old' }))).toBe(
    'Expected offset 0 of orders to have been rejected with reason "too-old".\n  orders/0/0, key "u1", value {"id":1}: consume',
  );
  expect(messageOf(() => expect(stage).toHaveSkipped({ topic: 'orders', partition: 0, offset: 7 }))).toBe(
    'Expected orders/0/7 to have been skipped.\n  There is no such record: orders/0 holds 0 to 2.',
  );
  expect(messageOf(() => expect(stage).not.toHaveConsumed({ topic: 'orders', partition: 0, offset: 0 }))).toBe(
    'Expected orders/0/0 not to have been consumed.\n  orders/0/0, key "u1", value {"id":1}: consume',
  );
  expect(messageOf(() => expect(stage).toHaveProduced({ topic: 'receipts', key: 'u1' }))).toBe(
    'Expected a record with key "u1" to have been produced to receipts; 0 of 0 match.',
  );
});

test('the compiler knows what a matcher takes', async () => {
  await using stage = await played();
  // @ts-expect-error -- an offset is missing
  expect(() => expect(stage).toHaveRejected({ topic: 'orders' })).toThrow('Expected offset undefined of orders');
  // @ts-expect-error -- there is no such field
  expect(stage).toHaveCommitted({ topic: 'orders', offset: 3, value: 1 });
});

test('a topic that does not exist is an error, not a mere mismatch', async () => {
  await using stage = await played();
  expect(messageOf(() => expect(stage).toHaveRejected({ topic: 'order', offset: 0 }))).toBe('Topic "order" does not exist in this cluster');
});

test('without any runner: a verdict, and an assertion that throws', async () => {
  await using stage = await played();
  expect(hasCommitted(stage, { topic: 'orders', offset: 3 }).pass).toBe(true);
  assertThat(hasCommitted(stage, { topic: 'orders', offset: 3 }));
  expect(() => assertThat(hasCommitted(stage, { topic: 'orders', offset: 1 }))).toThrow('Expected orders/0 to have committed offset 1');
  expect(Object.keys(matchers)).toEqual(['toHaveCommitted', 'toHaveConsumed', 'toHaveSkipped', 'toHaveRejected', 'toHaveProduced']);
});

test('equality understands asymmetric matchers at any depth', () => {
  expect(matches({ a: [1, { b: 'x' }] }, { a: [expect.any(Number), { b: expect.stringContaining('x') }] })).toBe(true);
  expect(matches({ a: 1, b: 2 }, { a: 1 })).toBe(false);
  expect(matches({ a: 1 }, { a: 1, b: undefined })).toBe(false);
  expect(matches([1, 2], [1])).toBe(false);
  expect(matches(new Date(1), new Date(2))).toBe(false);
  expect(matches(null, {})).toBe(false);
  expect(matches(Uint8Array.of(1), Uint8Array.of(1))).toBe(true);
});

const stageWithOrders = stageTest(() => ({ handlers: [defineHandler({ topic: 'orders', handle: () => consume() })] }));
let previous: Stage | null = null;

stageWithOrders('a stage by fixture', async ({ stage }) => {
  previous = stage;
  await stage.produce('orders', [{ value: 'a' }]);
  await stage.idle();
  expect(stage).toHaveCommitted({ topic: 'orders', offset: 1 });
});

stageWithOrders('is new for each test, and the one before was stopped', async ({ stage }) => {
  expect(stage.committedOffset('orders', 0)).not.toBe(1);
  expect(previous?.members.map(({ running }) => running)).toEqual([false]);
});
