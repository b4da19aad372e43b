import { describe, expect, test } from 'vitest';
import { LedgerWriter } from '../../src/consumer/durable-ledger.ts';
import { KafkaError } from '../../src/errors.ts';
import { consumed, pendingAnswers, rejected, rig, skipped } from '../support/consumer-rig.ts';
import { ScriptedSink } from '../support/scripted-sink.ts';
import { assigned, batchOf } from '../support/scripted-transport.ts';

const AT = { topic: 'orders', partition: 0, epoch: 1 } as const;

describe.each(['partition', 'key'] as const)('in %s order', (ordering) => {
  test.each([true, false])(
    'so many records make a commit due, whether an earlier owner had done them (%s) or they are done here',
    async (isDone) => {
      const writer = new LedgerWriter({ base: 0, topicId: null });
      if (isDone) writer.add({ from: 1, to: 4, leaderEpoch: null });
      const { clock, transport, consumer, delivered } = rig(() => consumed, {
        handler: { ordering },
        options: { commitIntervalMs: 60_000, commitMaxRecords: 3 },
      });
      transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0, committedMetadata: writer.finish() })];
      void consumer.start();
      await clock.settle();
      // Nothing was committed for so long: at once.
      transport.batch(batchOf(0, 1, { epoch: 1 }));
      await clock.settle();
      transport.batch(batchOf(1, 3, { epoch: 1 }));
      await clock.settle();
      expect(transport.committed).toEqual(['orders/0@1']);
      transport.batch(batchOf(3, 4, { epoch: 1 }));
      await clock.settle();
      expect(transport.committed).toEqual(['orders/0@1', 'orders/0@4']);
      expect(delivered).toEqual(isDone ? [0] : [0, 1, 2, 3]);
    },
  );

  test('a loss leaves nothing on its way of a record that waits for its next delivery', async () => {
    const { clock, transport, consumer, delivered } = rig(() => skipped(1_000), { handler: { ordering } });
    transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
    void consumer.start();
    await clock.settle();
    transport.batch(batchOf(0, 3, { epoch: 1 }));
    await clock.settle();
    const before = delivered.length;
    transport.listener.lost([AT], new KafkaError('PARTITION_LOST', 'evicted'));
    await clock.settle();
    expect(clock.timerCount).toBe(0);
    await clock.advance(5_000);
    expect(delivered).toHaveLength(before);
  });

  test('health counts what waits, taken into its lane or not', async () => {
    const { clock, transport, consumer, delivered } = rig(pendingAnswers().process, { handler: { ordering, concurrency: 1 } });
    transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
    void consumer.start();
    await clock.settle();
    transport.batch(batchOf(0, 10, { epoch: 1 }));
    await clock.settle();
    expect([delivered, consumer.health().partitions[0]?.queued]).toEqual([[0], 10]);
  });

  test('a loss ends the wait of a revocation for letters on their way', async () => {
    const sink = new ScriptedSink({ immediate: false });
    const { clock, transport, consumer } = rig(() => rejected('bad'), {
      deadLetters: sink,
      handler: { ordering, deadLetter: { topic: 'orders.dead' } },
      topics: { orders: { partitions: 1 }, 'orders.dead': { partitions: 1 } },
    });
    transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
    void consumer.start();
    await clock.settle();
    transport.batch(batchOf(0, 1, { epoch: 1 }));
    await clock.settle();
    let isOver = false;
    void transport.listener.revoked([AT], { graceMs: 60_000 }).then(() => (isOver = true));
    await clock.advance(100);
    expect(isOver).toBe(false);
    transport.listener.lost([AT], new KafkaError('PARTITION_LOST', 'evicted'));
    await clock.settle();
    expect(isOver).toBe(true);
  });
});

test('records that pass their deadline in one call share a draw for their delay, and those after them do not', async () => {
  const draws = [0.1, 0.5, 0.9];
  const late = pendingAnswers();
  const { clock, transport, consumer, kinds } = rig(
    (record, context) => {
      if (record.offset === 0 && context.attempt === 1) return late.process(record, context);
      throw new Error('broken');
    },
    {
      random: () => draws.shift() as number,
      handler: { ordering: 'unordered', concurrency: 1, deadlineMs: 50, retry: { initialDelayMs: 1_000, maxDelayMs: 1_000, factor: 1 } },
    },
  );
  transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  void consumer.start();
  await clock.settle();
  transport.batch(batchOf(0, 2, { epoch: 1 }));
  await clock.advance(60);
  late.calls[0]?.resolve(consumed);
  await clock.settle();
  expect(kinds('retry-scheduled')).toMatchObject([
    { offset: 0, delayMs: 100 },
    { offset: 1, delayMs: 500 },
  ]);
});
