import { expect, test } from 'vitest';
import { consumed, rig, skipped } from '../support/consumer-rig.ts';
import { assigned, batchOf } from '../support/scripted-transport.ts';

test('records are delivered, skipped ones again, and the commit never passes an open one', async () => {
  let busy = true;
  const { clock, transport, consumer, delivered } = rig(({ offset }) => (offset === 2 && busy ? skipped() : consumed));
  transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  const started = consumer.start();
  await clock.settle();
  await started;
  expect(transport.fetches).toEqual([{ topic: 'orders', partition: 0, epoch: 1, offset: 0 }]);
  expect(transport.batch(batchOf(0, 5, { epoch: 1 }))).toBe('accepted');
  await clock.advance(1_000);
  expect(new Set(delivered)).toEqual(new Set([0, 1, 2]));
  expect(transport.committed).toEqual(['orders/0@2']);
  busy = false;
  await clock.advance(10_000);
  expect(delivered.slice(-3)).toEqual([2, 3, 4]);
  expect(transport.committed).toEqual(['orders/0@2', 'orders/0@5']);
  const report = consumer.stop();
  await clock.settle();
  expect(await report).toEqual({ open: [] });
  expect(transport.calls.at(-1)).toBe('stop');
});
