import { describe, expect, test } from 'vitest';
import { consumed, pendingAnswers, rig } from '../support/consumer-rig.ts';
import type { Process, Rig, RigOptions } from '../support/consumer-rig.ts';
import { assigned, batchOf, record } from '../support/scripted-transport.ts';

async function running(process: Process, options: RigOptions): Promise<Rig> {
  const made = rig(process, options);
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  void made.consumer.start();
  await made.clock.settle();
  return made;
}

const marks = { options: { queueHighRecords: 10, queueLowRecords: 3 } };

describe('the queue of a partition', () => {
  test('pauses above the high mark, resumes at the low mark, and holds at most the high mark and one fetch', async () => {
    const calls = pendingAnswers();
    const { clock, transport, consumer, kinds } = await running(calls.process, marks);
    let next = 0;
    let most = 0;
    // As a transport does: it delivers while it is not paused.
    const feed = (): void => {
      while (next < 100 && !transport.paused.has('orders/0')) {
        expect(transport.batch(batchOf(next, next + 4, { epoch: 1 }))).toBe('accepted');
        next += 4;
      }
      most = Math.max(most, consumer.health().partitions[0]?.queued ?? 0);
    };
    for (let handled = 0; handled < 100; handled++) {
      feed();
      await clock.settle();
      calls.calls[handled]?.resolve(consumed);
      await clock.settle();
    }
    expect(calls.calls).toHaveLength(100);
    expect(most).toBe(12);
    const moves = [...kinds('paused'), ...kinds('resumed')].map((move) => move as { kind: string; queued: number });
    expect(new Set(moves.filter(({ kind }) => kind === 'resumed').map(({ queued }) => queued))).toEqual(new Set([3]));
    for (const { queued } of moves.filter(({ kind }) => kind === 'paused')) expect(queued).toBeGreaterThanOrEqual(10);
    expect(kinds('paused').length).toBeGreaterThan(5);
  });

  test('a record that is retried holds the pause', async () => {
    const { clock, transport, consumer } = await running(() => {
      throw new Error('always');
    }, marks);
    transport.batch(batchOf(0, 50, { epoch: 1 }));
    await clock.advance(600_000);
    expect(transport.paused).toEqual(new Set(['orders/0']));
    expect(consumer.health().partitions[0]).toMatchObject({ paused: true, queued: 50 });
  });

  test('large records pause by their bytes', async () => {
    const calls = pendingAnswers();
    const { clock, transport } = await running(calls.process, { options: { queueHighBytes: 1_000 } });
    const large = (offset: number) => batchOf(offset, offset + 1, { epoch: 1, records: [record(offset, { value: new Uint8Array(600) })] });
    transport.batch(large(0));
    expect(transport.paused.size).toBe(0);
    transport.batch(large(1));
    expect(transport.paused.size).toBe(1);
    await clock.settle();
    calls.calls[0]?.resolve(consumed);
    await clock.settle();
    expect(transport.paused.size).toBe(1);
    calls.calls[1]?.resolve(consumed);
    await clock.settle();
    expect(transport.paused.size).toBe(0);
  });

  test('records in lanes count with their bytes until they are done, and no longer', async () => {
    const calls = pendingAnswers();
    const handler = { ordering: 'unordered', concurrency: 10 } as const;
    const { clock, transport } = await running(calls.process, { handler, options: { queueHighBytes: 1_000 } });
    const of400 = (offset: number) => batchOf(offset, offset + 1, { epoch: 1, records: [record(offset, { value: new Uint8Array(400) })] });
    for (let offset = 0; offset < 20; offset += 2) {
      transport.batch(of400(offset));
      transport.batch(of400(offset + 1));
      await clock.settle();
      expect(transport.paused.size).toBe(0);
      for (const { resolve } of calls.calls) resolve(consumed);
      await clock.settle();
    }
    transport.batch(of400(20));
    transport.batch(of400(21));
    await clock.settle();
    transport.batch(of400(22));
    expect(transport.paused.size).toBe(1);
  });

  test('a partition that is being taken away or stopped is not resumed: what came would be dropped', async () => {
    const calls = pendingAnswers();
    const { clock, transport, consumer, kinds } = await running(calls.process, { options: { queueHighRecords: 2, queueLowRecords: 1 } });
    transport.batch(batchOf(0, 2, { epoch: 1 }));
    await clock.settle();
    expect(transport.paused.size).toBe(1);
    const stopping = consumer.stop();
    calls.calls[0]?.resolve(consumed);
    await clock.settle();
    await stopping;
    expect(kinds('resumed')).toEqual([]);
    expect(transport.paused.size).toBe(1);
  });

  test('one partition that is full does not pause another', async () => {
    const calls = pendingAnswers();
    const made = rig((item, context) => (item.partition === 0 ? calls.process(item, context) : consumed), marks);
    made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 }), assigned({ epoch: 2, partition: 1, committedOffset: 0 })];
    void made.consumer.start();
    await made.clock.settle();
    made.transport.batch(batchOf(0, 50, { epoch: 1 }));
    made.transport.batch(batchOf(0, 5, { epoch: 2, partition: 1 }));
    await made.clock.advance(1_000);
    expect(made.transport.paused).toEqual(new Set(['orders/0']));
    expect(made.transport.committed).toEqual(['orders/1@5']);
  });
});

test('a record that is skipped is handled from memory, also when the log no longer has it', async () => {
  let tries = 0;
  const { clock, transport, delivered } = await running(() => {
    if (tries++ < 3) throw new Error('not yet');
    return consumed;
  }, {});
  transport.batch(batchOf(0, 1, { epoch: 1 }));
  await clock.settle();
  transport.listener.outOfRange({ topic: 'orders', partition: 0, epoch: 1, fetchedFrom: 1, logStartOffset: 500, logEndOffset: 600 });
  await clock.advance(5_000);
  expect(delivered).toEqual([0, 0, 0, 0]);
  expect(transport.committed.at(-1)).toBe('orders/0@500');
});
