import { expect, test } from 'vitest';
import { consume } from '../../src/action.ts';
import { defineHandler } from '../../src/define-handler.ts';
import type { Handler } from '../../src/handler.ts';
import { rehearse } from '../../testing/stage.ts';

const good = defineHandler({ topic: 'orders', handle: () => consume() });
const hanging: Handler = defineHandler({ topic: 'orders', handle: () => new Promise<never>(() => {}) });

// The limit is that of vitest and Jest: a test that they give up tells nothing of the handler.
test('a handler that hangs is named before a runner gives the test up', { timeout: 5_000 }, async () => {
  const play = async (): Promise<void> => {
    await using stage = await rehearse({ handlers: [hanging] });
    await stage.produce('orders', [{ value: 1 }]);
    await stage.idle();
  };
  await expect(play()).rejects.toThrow(/has not settled record orders\/0\/0[^]*rehearse\({ watchdogMs }\)\. Open:/);
});

test('a stage on which advance() met a handler that hangs stops without waiting for it once more', async () => {
  const stage = await rehearse({ handlers: [hanging], watchdogMs: 30 });
  await stage.produce('orders', [{ value: 1 }]);
  await expect(stage.advance(10_000)).rejects.toThrow('has not settled record orders/0/0');
  await stage.stop();
});

test('produce() says what it takes, and which topics there are', async () => {
  await using stage = await rehearse({ handlers: [good], topics: [{ name: 'receipts', partitions: 1 }] });
  await expect(stage.produce('orders', { value: 1 } as never)).rejects.toThrow(
    "produce('orders', records): records is an object, expected an array of { key, value }",
  );
  await expect(stage.produce('order', [{ value: 1 }])).rejects.toMatchObject({
    code: 'UNKNOWN_TOPIC',
    message: 'There is no topic "order" on this stage; there are orders, receipts. Others are made by rehearse({ topics })',
  });
});

test('actions() of a partition that is not there is a mistake, not an empty list', async () => {
  await using stage = await rehearse({ handlers: [good] });
  expect(stage.actions('orders', 0)).toEqual([]);
  expect(() => stage.actions('orders', 1)).toThrow('Topic orders has no partition 1');
});
