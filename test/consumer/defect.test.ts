import { expect, test } from 'vitest';
import type { Action } from '../../src/action.ts';
import { consumed, rejected, rig } from '../support/consumer-rig.ts';
import { assigned, batchOf } from '../support/scripted-transport.ts';

const booby = Object.defineProperty({ ...rejected('x') }, 'cause', {
  get: () => {
    throw new Error('nobody foresaw this');
  },
}) as Action;

// Neither may end in an unhandled rejection, or in a partition that stands still without a word.
test.each([
  ['at once', () => booby],
  ['by a promise', () => Promise.resolve(booby)],
])('what the runtime trips over in an answer that comes %s ends the consumer loudly', async (_how, process) => {
  const { clock, transport, consumer, kinds } = rig(process);
  transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  void consumer.start();
  await clock.settle();
  transport.batch(batchOf(0, 1, { epoch: 1 }));
  await clock.settle();
  await expect(consumer.stopped).rejects.toMatchObject({
    code: 'CONSUMER_FAILED',
    message: 'A defect of the runtime at orders/0.',
    cause: { message: 'nobody foresaw this' },
  });
  expect(kinds('halted')).toHaveLength(1);
  expect(transport.committed).toEqual([]);
  expect(transport.calls.at(-1)).toBe('stop');
});

test('after that nothing is committed any more, since nobody knows what went wrong', async () => {
  const { clock, transport, consumer } = rig(({ offset }) => (offset === 2 ? booby : consumed), { options: { commitIntervalMs: 60_000 } });
  transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  void consumer.start();
  await clock.settle();
  for (const [from, to] of [
    [0, 1],
    [1, 3],
  ] as const) {
    transport.batch(batchOf(from, to, { epoch: 1 }));
    await clock.settle();
  }
  await expect(consumer.stopped).rejects.toMatchObject({ code: 'CONSUMER_FAILED' });
  expect(transport.committed).toEqual(['orders/0@1']);
});
