import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KafkaError } from '../../src/errors.ts';
import { PausedByHand } from '../../src/consumer/paused-by-hand.ts';
import { consumed, pendingAnswers, rig, skipped } from '../support/consumer-rig.ts';
import type { Process, Rig, RigOptions } from '../support/consumer-rig.ts';
import { assigned, batchOf } from '../support/scripted-transport.ts';

const orders = { topic: 'orders' };
const first = { topic: 'orders', partition: 0 };

async function running(process: Process, options: RigOptions = {}): Promise<Rig> {
  const made = rig(process, options);
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  void made.consumer.start();
  await made.clock.settle();
  return made;
}

const moves = ({ observations }: Rig): string[] =>
  observations.flatMap((each) => (each.kind === 'paused' || each.kind === 'resumed' ? [`${each.kind} ${each.cause}`] : []));

describe('a partition that is paused by hand', () => {
  test('fetches and delivers nothing; the call that runs may finish, and is committed; then it goes on where it stood', async () => {
    const calls = pendingAnswers();
    const made = await running(calls.process);
    const { clock, transport, consumer, delivered } = made;
    transport.batch(batchOf(0, 3, { epoch: 1 }));
    await clock.settle();
    consumer.pause([first]);
    expect(transport.paused).toEqual(new Set(['orders/0']));
    // A fetch was on its way.
    expect(transport.batch(batchOf(3, 5, { epoch: 1 }))).toBe('accepted');
    calls.calls[0]?.resolve(consumed);
    await clock.advance(60_000);
    expect(delivered).toEqual([0]);
    expect(transport.committed).toEqual(['orders/0@1']);
    expect(consumer.health().partitions[0]).toMatchObject({
      phase: 'active',
      paused: true,
      pausedByHand: true,
      queued: 4,
      open: 4,
      running: 0,
    });
    consumer.resume([first]);
    expect(transport.paused.size).toBe(0);
    await clock.settle();
    expect(delivered).toEqual([0, 1]);
    expect(consumer.health().partitions[0]).toMatchObject({ paused: false, pausedByHand: false });
    expect(moves(made)).toEqual(['paused hand', 'resumed hand']);
  });

  test('retries wait too', async () => {
    const { clock, transport, consumer, delivered } = await running(() => skipped(1_000));
    transport.batch(batchOf(0, 1, { epoch: 1 }));
    await clock.settle();
    consumer.pause([orders]);
    await clock.advance(60_000);
    expect(delivered).toEqual([0]);
    consumer.resume([orders]);
    await clock.settle();
    expect(delivered).toEqual([0, 0]);
  });

  test.each(['key', 'unordered'] as const)('in lanes by %s: none starts a call, and each goes on', async (ordering) => {
    const calls = pendingAnswers();
    const { clock, transport, consumer, delivered } = await running(calls.process, { handler: { ordering, concurrency: 2 } });
    transport.batch(batchOf(0, 6, { epoch: 1 }));
    await clock.settle();
    const before = delivered.length;
    expect(before).toBeGreaterThan(0);
    consumer.pause([first]);
    for (const call of calls.calls) call.resolve(consumed);
    await clock.advance(60_000);
    expect(delivered).toHaveLength(before);
    expect(consumer.health().partitions[0]).toMatchObject({ running: 0, open: 6 - before });
    consumer.resume([first]);
    for (let round = 0; round < 6; round++) {
      await clock.settle();
      for (const call of calls.calls) call.resolve(consumed);
    }
    expect(delivered).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('is not resumed because its queue has room, nor resumed by hand while its queue is full', async () => {
    const calls = pendingAnswers();
    const made = await running(calls.process, { options: { queueHighRecords: 3, queueLowRecords: 2 } });
    const { clock, transport, consumer } = made;
    transport.batch(batchOf(0, 3, { epoch: 1 }));
    await clock.settle();
    consumer.pause([first]);
    calls.calls[0]?.resolve(consumed);
    await clock.settle();
    expect(transport.paused.size).toBe(1);
    expect(moves(made)).toEqual(['paused queue', 'paused hand', 'resumed queue']);
    transport.batch(batchOf(3, 6, { epoch: 1 }));
    consumer.resume([first]);
    expect(transport.paused.size).toBe(1);
    expect(moves(made).slice(3)).toEqual(['paused queue', 'resumed hand']);
    for (let handled = 1; handled < 4; handled++) {
      await clock.settle();
      calls.calls[handled]?.resolve(consumed);
    }
    await clock.settle();
    expect(transport.paused.size).toBe(0);
  });

  test('is paused again when it comes back, before anything is fetched; and not when it was resumed meanwhile', async () => {
    const { clock, transport, consumer, delivered, kinds } = await running(() => consumed);
    consumer.pause([first]);
    await transport.listener.revoked([{ ...first, epoch: 1 }], { graceMs: 0 });
    transport.paused.clear(); // a pause ends with its epoch
    transport.assign([assigned({ epoch: 2, committedOffset: 0 })]);
    await clock.settle();
    expect(transport.paused).toEqual(new Set(['orders/0']));
    expect(transport.fetches.at(-1)).toMatchObject({ epoch: 2, offset: 0 });
    transport.batch(batchOf(0, 2, { epoch: 2 }));
    await clock.settle();
    expect(delivered).toEqual([]);
    expect(kinds('paused')).toMatchObject([{ epoch: 1 }, { epoch: 2, cause: 'hand' }]);
    transport.listener.lost([{ ...first, epoch: 2 }], new KafkaError('PARTITION_LOST', 'gone'));
    transport.paused.clear();
    consumer.resume([orders]);
    transport.assign([assigned({ epoch: 3, committedOffset: 0 })]);
    await clock.settle();
    expect(transport.paused.size).toBe(0);
    transport.batch(batchOf(0, 2, { epoch: 3 }));
    await clock.settle();
    expect(delivered).toEqual([0, 1]);
  });

  test('may be paused before the start', async () => {
    const made = rig(() => consumed);
    made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
    made.consumer.pause([orders]);
    void made.consumer.start();
    await made.clock.settle();
    expect(made.transport.paused.size).toBe(1);
    made.transport.batch(batchOf(0, 2, { epoch: 1 }));
    await made.clock.settle();
    expect(made.delivered).toEqual([]);
  });

  test('a halted one stays halted, and another try for it waits for the resume', async () => {
    const { clock, transport, consumer, delivered } = await running(() => consumed, { options: { maxDiscontinuities: 1 } });
    for (let turn = 0; turn < 3; turn++) {
      transport.batch(batchOf(7, 9, { epoch: 1 }));
      await clock.settle();
    }
    expect(consumer.health().partitions[0]?.phase).toBe('halted');
    consumer.pause([first]);
    consumer.resume([first]);
    expect(transport.paused.size).toBe(1);
    consumer.pause([first]);
    expect(consumer.retryHalted(first)).toBe(1);
    expect(transport.paused.size).toBe(1);
    transport.batch(batchOf(0, 2, { epoch: 1 }));
    await clock.settle();
    expect(delivered).toEqual([]);
    consumer.resume([first]);
    await clock.settle();
    expect(delivered).toEqual([0, 1]);
    expect(transport.paused.size).toBe(0);
  });

  test('stopping goes as always', async () => {
    const calls = pendingAnswers();
    const { clock, transport, consumer } = await running(calls.process);
    transport.batch(batchOf(0, 3, { epoch: 1 }));
    await clock.settle();
    consumer.pause([orders]);
    const stopped = consumer.stop();
    calls.calls[0]?.resolve(consumed);
    await clock.settle();
    expect((await stopped).open).toMatchObject([{ topic: 'orders', partition: 0 }]);
    expect(transport.committed).toEqual(['orders/0@1']);
    consumer.resume([orders]);
    await clock.settle();
    expect(calls.calls).toHaveLength(1);
  });

  test('twice is once', async () => {
    const made = await running(() => consumed);
    made.consumer.pause([first, orders]);
    made.consumer.pause([first]);
    made.consumer.resume([first]);
    made.consumer.resume([orders]);
    expect(moves(made)).toEqual(['paused hand', 'resumed hand']);
  });

  test('a topic that is not consumed, and what is no partition, are refused, and nothing is paused', async () => {
    const { consumer } = await running(() => consumed);
    expect(() => consumer.pause([orders, { topic: 'ordres' }])).toThrow('"ordres" is not consumed here, expected one of "orders".');
    expect(() => consumer.pause([orders, { topic: 'orders', partition: 0.5 }])).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
    expect(consumer.health().partitions[0]?.pausedByHand).toBe(false);
  });
});

test('what is paused by hand: topics and partitions in any order are as if each partition had been set alone', () => {
  const steps = fc.array(
    fc.record({
      topic: fc.constantFrom('a', 'b'),
      partition: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
      isPaused: fc.boolean(),
    }),
  );
  fc.assert(
    fc.property(steps, (plan) => {
      const paused = new PausedByHand();
      const model = new Set<string>();
      for (const { topic, partition, isPaused } of plan) {
        paused.set(partition === undefined ? { topic } : { topic, partition }, isPaused);
        for (const number of partition === undefined ? [0, 1, 2, 3] : [partition]) {
          if (isPaused) model.add(`${topic}/${number}`);
          else model.delete(`${topic}/${number}`);
        }
        for (const name of ['a', 'b'])
          for (const number of [0, 1, 2, 3]) expect(paused.has(name, number)).toBe(model.has(`${name}/${number}`));
      }
    }),
  );
});
