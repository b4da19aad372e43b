import { expect, test } from 'vitest';
import type { Action } from '../../src/action.ts';
import { rejected, rig } from '../support/consumer-rig.ts';
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
  await expect(consumer.stopped).rejects.toMatchObject({ code: 'CONSUMER_FAILED', cause: { message: 'nobody foresaw this' } });
  expect(kinds('halted')).toHaveLength(1);
  expect(transport.committed).toEqual([]);
  expect(transport.calls.at(-1)).toBe('stop');
});
