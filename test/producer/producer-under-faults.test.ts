import { expect, it } from 'vitest';
import { consume } from '../../src/action.ts';
import { defineHandler } from '../../src/define-handler.ts';
import type { Handler } from '../../src/handler.ts';
import { rehearse } from '../../testing/stage.ts';

/** Writes a receipt for each order, and consumes the order when the receipt is acknowledged. */
function receipts(): Handler {
  return defineHandler({
    topic: 'orders',
    handle: async (_value, { record, producer }) => {
      await producer.send('receipts', { key: 'k', value: record.value });
      return consume();
    },
  });
}

it('through the simulated network nothing is lost: refused is written later, a lost answer may write twice', async () => {
  await using stage = await rehearse({ handlers: [receipts()], topics: [{ name: 'receipts', partitions: 2 }] });
  stage.fault({ kind: 'produce-refused', code: 'NOT_LEADER_OR_FOLLOWER', topic: 'receipts', times: 3 });
  stage.fault({ kind: 'produce-reply-lost', topic: 'receipts', times: 2 });
  const values = Array.from({ length: 20 }, (_, index) => `order ${index}`);
  await stage.produce(
    'orders',
    values.map((value) => ({ value })),
  );
  await stage.idle();
  expect(stage.faultsFired.get('produce-refused')).toBe(3);
  expect(stage.faultsFired.get('produce-reply-lost')).toBe(2);
  const written = stage.produced('receipts').map(({ value }) => value);
  expect([...new Set(written)]).toEqual(values);
  expect(written).toHaveLength(values.length + 2);
  expect(stage.actions('orders').every(({ action }) => action === 'consume')).toBe(true);
});

it('a topic that is not there makes the handler fail, and the record stays open', async () => {
  await using stage = await rehearse({ handlers: [receipts()] });
  await stage.produce('orders', [{ value: 'x' }]);
  await expect(stage.idle({ withinMs: 5_000 })).rejects.toThrow(/receipts/);
  expect(stage.committedOffset('orders', 0) ?? 0).toBe(0);
});
