import { describe, expect, test } from 'vitest';
import { KafkaError } from '../../src/errors.ts';
import { consumed, pendingAnswers, rig, skipped } from '../support/consumer-rig.ts';
import type { Process, Rig, RigOptions } from '../support/consumer-rig.ts';
import { assigned, batchOf } from '../support/scripted-transport.ts';

async function running(process: Process, options?: RigOptions): Promise<Rig> {
  const made = rig(process, options);
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  void made.consumer.start();
  await made.clock.settle();
  return made;
}

describe('a stop that is asked for within a handler', () => {
  test('by a call that answers without a promise: it is not waited for until the deadline', async () => {
    const made: Rig = await running(({ offset }) => {
      if (offset === 1) void made.consumer.stop();
      return consumed;
    });
    const { clock, transport, consumer, delivered } = made;
    transport.batch(batchOf(0, 5, { epoch: 1 }));
    await clock.settle();
    expect(consumer.state).toBe('stopped');
    expect(delivered).toEqual([0, 1]);
    expect(transport.committed.at(-1)).toBe('orders/0@2');
    expect((await consumer.stop()).open).toMatchObject([{ from: 2, to: 5, reason: 'queued' }]);
  });

  test('by a call that throws', async () => {
    const made: Rig = await running(() => {
      void made.consumer.stop();
      throw new Error('no use');
    });
    made.transport.batch(batchOf(0, 1, { epoch: 1 }));
    await made.clock.settle();
    expect(made.consumer.state).toBe('stopped');
    expect(made.clock.timerCount).toBe(0);
  });
});

test('a second stop shortens the wait for the last commit too', async () => {
  const { clock, transport, consumer } = await running(() => consumed);
  transport.defaultAnswer = 'manual';
  transport.batch(batchOf(0, 2, { epoch: 1 }));
  await clock.settle();
  const stopping = consumer.stop({ deadlineMs: 30_000 });
  await clock.advance(2_000);
  expect(consumer.state).toBe('stopping');
  void consumer.stop({ deadlineMs: 0 });
  await clock.advance(1_000);
  expect(consumer.state).toBe('stopped');
  expect((await stopping).open).toMatchObject([{ from: 0, to: 2, records: 0, reason: 'uncommitted' }]);
  expect(clock.timerCount).toBe(0);
});

test('a second stop while the last commit waits to be tried again leaves no timer behind', async () => {
  const { clock, transport, consumer } = await running(() => consumed);
  transport.defaultAnswer = 'unknown';
  transport.batch(batchOf(0, 2, { epoch: 1 }));
  await clock.settle();
  void consumer.stop({ deadlineMs: 60_000 });
  // The back-off is at its longest by now, 5 s.
  await clock.advance(20_000);
  void consumer.stop({ deadlineMs: 0 });
  await clock.advance(1_000);
  expect(consumer.state).toBe('stopped');
  expect(clock.timerCount).toBe(0);
});

test('a second stop while the first one waits for calls and would then commit', async () => {
  const calls = pendingAnswers();
  const { clock, transport, consumer } = await running(calls.process);
  transport.batch(batchOf(0, 2, { epoch: 1 }));
  await clock.settle();
  void consumer.stop({ deadlineMs: 30_000 });
  await clock.advance(1_000);
  void consumer.stop({ deadlineMs: 5_000 });
  await clock.advance(4_999);
  expect(calls.calls[0]?.context.signal.aborted).toBe(false);
  await clock.advance(1);
  expect(calls.calls[0]?.context.signal.aborted).toBe(true);
  expect(consumer.state).toBe('stopped');
});

test('a partition that is assigned while the consumer stops is not begun', async () => {
  const calls = pendingAnswers();
  const { clock, transport, consumer, kinds } = await running(calls.process);
  transport.batch(batchOf(0, 1, { epoch: 1 }));
  await clock.settle();
  const stopping = consumer.stop();
  transport.assign([assigned({ epoch: 2, partition: 1 }), assigned({ epoch: 3, partition: 2, committedOffset: 4 })]);
  await clock.settle();
  expect(transport.batch(batchOf(4, 5, { epoch: 3, partition: 2 }))).toBe('dropped');
  calls.calls[0]?.resolve(consumed);
  await clock.settle();
  expect(await stopping).toEqual({ open: [] });
  expect(transport.fetches).toHaveLength(1);
  expect(transport.committed).toEqual(['orders/0@1']);
  expect(kinds('assigned')).toHaveLength(1);
});

describe('the report', () => {
  test('names what is done and was never committed, because the coordinator refused for good', async () => {
    const { clock, transport, consumer, logs } = await running(() => consumed);
    transport.defaultAnswer = { code: 'GROUP_AUTHORIZATION_FAILED', retriable: false };
    transport.batch(batchOf(0, 3, { epoch: 1 }));
    await clock.advance(1_000);
    expect(consumer.health().partitions).toMatchObject([{ phase: 'halted', open: 0 }]);
    const stopping = consumer.stop();
    await clock.settle();
    expect(await stopping).toEqual({
      open: [{ topic: 'orders', partition: 0, from: 0, to: 3, records: 0, reason: 'halted', lastProblem: null }],
    });
    expect(logs.at(-1)).toMatchObject({ level: 'warn' });
  });

  test('says nothing of a partition that was halted before it delivered anything', async () => {
    const { clock, transport, consumer } = await running(() => skipped());
    transport.assign([assigned({ epoch: 2, partition: 1, committedOffset: 50, logEndOffset: 10 })]);
    await clock.settle();
    const stopping = consumer.stop();
    await clock.settle();
    expect(await stopping).toEqual({ open: [] });
  });
});

test('a transport that breaks its word and rejects when it is stopped: told, and the stop ends', async () => {
  const { clock, transport, consumer, logs } = await running(() => consumed);
  transport.stopWork = () => Promise.reject(new KafkaError('PROTOCOL', 'no'));
  const stopping = consumer.stop();
  await clock.settle();
  expect(consumer.state).toBe('stopped');
  await expect(stopping).resolves.toEqual({ open: [] });
  expect(logs).toContainEqual(expect.objectContaining({ level: 'warn', message: expect.stringContaining('could not be stopped') }));
});
