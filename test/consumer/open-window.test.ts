import { describe, expect, test } from 'vitest';
import type { ConsumerOptions } from '../../src/consumer/consumer-options.ts';
import { KafkaError } from '../../src/errors.ts';
import type { Handler } from '../../src/handler.ts';
import { consumed, pendingAnswers, rig } from '../support/consumer-rig.ts';
import type { Process, Rig } from '../support/consumer-rig.ts';
import { assigned, batchOf } from '../support/scripted-transport.ts';

const AT = { topic: 'orders', partition: 0, epoch: 1 };

async function living(process: Process, handler: Partial<Handler>, options: Partial<ConsumerOptions>): Promise<Rig> {
  const made = rig(process, { handler, options });
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  await made.consumer.start();
  await made.clock.settle();
  return made;
}

const moves = ({ observations }: Rig): readonly unknown[] =>
  observations.flatMap((each) => (each.kind === 'paused' || each.kind === 'resumed' ? [[each.kind, each.cause]] : []));

describe('a window of open records', () => {
  test('pauses the partition when so many came since the lowest open one, and resumes it at half', async () => {
    const calls = pendingAnswers();
    const made = await living(
      (item, context) => (item.offset % 20 === 0 ? calls.process(item, context) : consumed),
      { ordering: 'unordered', concurrency: 10 },
      { maxOpenWindow: 40 },
    );
    const { transport, clock } = made;
    transport.batch(batchOf(0, 39, { epoch: 1 }));
    await clock.settle();
    expect(moves(made)).toEqual([]);
    transport.batch(batchOf(39, 45, { epoch: 1 }));
    await clock.settle();
    expect(moves(made)).toEqual([['paused', 'window']]);
    expect(made.kinds('paused')).toMatchObject([{ ...AT, cause: 'window' }]);
    expect(transport.paused.size).toBe(1);
    // The window is 25 then: not low enough.
    calls.calls[0]?.resolve(consumed);
    await clock.settle();
    expect(transport.paused.size).toBe(1);
    calls.calls[1]?.resolve(consumed);
    await clock.settle();
    expect(moves(made)).toEqual([['paused', 'window'], ['resumed', 'window']]); // prettier-ignore
    expect(transport.paused.size).toBe(0);
    await clock.advance(200);
    expect(transport.committed.at(-1)).toBe('orders/0@40');
  });

  test('is not what pauses a partition whose queue is full', async () => {
    const made = await living(() => new Promise(() => {}), {}, { maxOpenWindow: 5, queueHighRecords: 5, queueLowRecords: 1 });
    made.transport.batch(batchOf(0, 5, { epoch: 1 }));
    expect(moves(made)).toEqual([['paused', 'queue']]);
  });
});

describe('a partition that was halted while its queue was full', () => {
  test('is fetched again when somebody lets it go on, for what ran on has made room', async () => {
    const calls = pendingAnswers();
    const limits = { queueHighRecords: 3, queueLowRecords: 1, maxDiscontinuities: 1 };
    const { transport, clock, consumer } = await living(calls.process, { ordering: 'unordered', concurrency: 5 }, limits);
    transport.batch(batchOf(0, 3, { epoch: 1 }));
    await clock.settle();
    for (let time = 0; time < 2; time++) {
      transport.batch(batchOf(50, 51, { epoch: 1 }));
      await clock.settle();
    }
    expect(consumer.health().partitions).toMatchObject([{ phase: 'halted', paused: true }]);
    for (const { resolve } of calls.calls) resolve(consumed);
    await clock.settle();
    expect(transport.paused.size).toBe(1);
    // A lane was asked for, and none is halted.
    expect(consumer.retryHalted({ ...AT, offset: 0 })).toBe(0);
    expect(consumer.retryHalted(AT)).toBe(1);
    await clock.settle();
    expect(consumer.health().partitions).toMatchObject([{ phase: 'active', paused: false }]);
    expect(transport.paused.size).toBe(0);
    expect(transport.fetches.at(-1)).toMatchObject({ offset: 3 });
    transport.batch(batchOf(3, 4, { epoch: 1 }));
    await clock.settle();
    expect(calls.calls.at(-1)?.offset).toBe(3);
  });

  test.each(['stops', 'is taken away'])('does not go on any more when its consumer %s', async (how) => {
    const calls = pendingAnswers();
    const made = await living(calls.process, { ordering: 'unordered', concurrency: 1 }, { maxDiscontinuities: 1 });
    const { transport, clock, consumer } = made;
    transport.batch(batchOf(0, 3, { epoch: 1 }));
    await clock.settle();
    for (let time = 0; time < 2; time++) {
      transport.batch(batchOf(50, 51, { epoch: 1 }));
      await clock.settle();
    }
    void (how === 'stops' ? consumer.stop() : transport.listener.revoked([AT], { graceMs: 10_000 }));
    await clock.settle();
    expect(consumer.retryHalted(AT)).toBe(0);
    calls.calls[0]?.resolve(consumed);
    await clock.advance(1_000);
    expect(made.delivered).toEqual([0]);
    expect(transport.committed.at(-1)).toBe('orders/0@1');
  });

  test('is not let go on where it lost something, and not under another name', async () => {
    const { transport, clock, consumer } = await living(() => consumed, {}, {});
    expect(consumer.retryHalted(AT)).toBe(0);
    transport.listener.outOfRange({ ...AT, fetchedFrom: 0, logStartOffset: 0, logEndOffset: -1 });
    await clock.settle();
    expect(consumer.health().partitions).toMatchObject([{ phase: 'halted' }]);
    expect(consumer.retryHalted(AT)).toBe(0);
    expect(() => consumer.retryHalted({ topic: 'returns', partition: 0 })).toThrow(
      expect.objectContaining({ code: 'HANDLER_MISSING', message: '"returns" is not consumed here, expected one of "orders".' }),
    );
    transport.listener.lost([AT], new KafkaError('GROUP_FENCED', 'gone'));
    expect(consumer.retryHalted(AT)).toBe(0);
  });
});
