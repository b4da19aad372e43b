import { describe, expect, test } from 'vitest';
import { KafkaError } from '../../src/errors.ts';
import { consumed, pendingAnswers, rig, skipped } from '../support/consumer-rig.ts';
import type { Process, Rig, RigOptions } from '../support/consumer-rig.ts';
import { assigned, batchOf } from '../support/scripted-transport.ts';

async function running(process: Process, options?: RigOptions): Promise<Rig> {
  const made = rig(process, options);
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 }), assigned({ epoch: 2, partition: 1, committedOffset: 0 })];
  void made.consumer.start();
  await made.clock.settle();
  return made;
}

describe('when', () => {
  test('the first commit goes at once, those after it are coalesced by time, for all partitions in one request', async () => {
    const { clock, transport } = await running(() => consumed);
    transport.batch(batchOf(0, 2, { epoch: 1 }));
    await clock.settle();
    expect(transport.committed).toEqual(['orders/0@2']);
    transport.batch(batchOf(2, 4, { epoch: 1 }));
    await clock.advance(100);
    transport.batch(batchOf(4, 6, { epoch: 1 }));
    transport.batch(batchOf(0, 3, { epoch: 2, partition: 1 }));
    await clock.advance(99);
    expect(transport.sent).toHaveLength(1);
    await clock.advance(1);
    expect(transport.sent.slice(1).map(({ commits }) => commits.map(({ partition, offset }) => [partition, offset]))).toEqual([
      [
        [0, 6],
        [1, 3],
      ],
    ]);
  });

  test('nothing more is sent when everything is committed', async () => {
    const { clock, transport } = await running(() => consumed);
    transport.batch(batchOf(0, 2, { epoch: 1 }));
    await clock.advance(60_000);
    expect(transport.sent).toHaveLength(1);
    expect(clock.timerCount).toBe(0);
  });

  test('so many terminal records do not wait for the time', async () => {
    const { clock, transport } = await running(() => consumed, { options: { commitMaxRecords: 10 } });
    transport.batch(batchOf(0, 1, { epoch: 1 }));
    await clock.settle();
    transport.batch(batchOf(1, 10, { epoch: 1 }));
    await clock.settle();
    expect(transport.committed).toEqual(['orders/0@1']);
    transport.batch(batchOf(10, 11, { epoch: 1 }));
    await clock.settle();
    expect(transport.committed).toEqual(['orders/0@1', 'orders/0@11']);
  });

  test('a batch of only control records commits too', async () => {
    const { clock, transport } = await running(() => consumed);
    transport.batch(batchOf(0, 0, { epoch: 1, nextOffset: 9 }));
    await clock.advance(200);
    expect(transport.committed).toEqual(['orders/0@9']);
  });

  test('one request is in flight at a time', async () => {
    const { clock, transport } = await running(() => consumed);
    transport.defaultAnswer = 'manual';
    transport.batch(batchOf(0, 2, { epoch: 1 }));
    await clock.advance(1_000);
    transport.batch(batchOf(2, 4, { epoch: 1 }));
    transport.batch(batchOf(0, 3, { epoch: 2, partition: 1 }));
    await clock.advance(1_000);
    expect(transport.committed).toEqual(['orders/0@2']);
    transport.sent[0]?.answer('acknowledged');
    await clock.settle();
    expect(transport.committed).toEqual(['orders/0@2', 'orders/0@4', 'orders/1@3']);
  });
});

describe('outcomes', () => {
  test('unknown: the same or a higher offset goes again, at a bounded rate, never a lower one', async () => {
    const { clock, transport, kinds } = await running(() => consumed);
    transport.answers = Array.from({ length: 20 }, () => 'unknown');
    transport.batch(batchOf(0, 2, { epoch: 1 }));
    await clock.advance(1_000);
    transport.batch(batchOf(2, 5, { epoch: 1 }));
    await clock.advance(60_000);
    const offsets = transport.sent.flatMap(({ commits }) => commits.map(({ offset }) => offset));
    expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
    expect(offsets[0]).toBe(2);
    expect(offsets.at(-1)).toBe(5);
    expect(offsets.length).toBeGreaterThan(10);
    expect(offsets.length).toBeLessThan(20);
    expect(kinds('commit-settled')[0]).toMatchObject({ offset: 2, outcome: 'unknown', code: 'BROKER_UNREACHABLE' });
    await clock.advance(60_000);
    expect(transport.sent.at(-1)?.commits).toMatchObject([{ offset: 5 }]);
    expect(kinds('commit-settled').at(-1)).toMatchObject({ offset: 5, outcome: 'acknowledged', code: null });
    const count = transport.sent.length;
    await clock.advance(60_000);
    expect(transport.sent).toHaveLength(count);
  });

  test('refused, retriable: again', async () => {
    const { clock, transport } = await running(() => consumed);
    transport.answers = [{ code: 'COORDINATOR_LOAD_IN_PROGRESS', retriable: true }];
    transport.batch(batchOf(0, 2, { epoch: 1 }));
    await clock.advance(100);
    expect(transport.committed).toEqual(['orders/0@2', 'orders/0@2']);
  });

  test('refused because the epoch is over: waits for the loss, and meanwhile does not storm the coordinator', async () => {
    const { clock, transport, consumer } = await running(() => consumed);
    transport.defaultAnswer = { code: 'ILLEGAL_GENERATION', retriable: false };
    transport.batch(batchOf(0, 2, { epoch: 1 }));
    await clock.advance(20_000);
    expect(transport.sent.length).toBeLessThanOrEqual(5);
    expect(consumer.health().partitions[0]?.phase).toBe('active');
    expect(consumer.health().partitions[0]?.committed).toBe(0);
  });

  test('refused for good for another cause: the partition is halted, loudly', async () => {
    const { clock, transport, consumer, logs } = await running(() => consumed);
    transport.answers = [{ code: 'GROUP_AUTHORIZATION_FAILED', retriable: false }];
    transport.batch(batchOf(0, 2, { epoch: 1 }));
    await clock.advance(60_000);
    expect(consumer.health().partitions[0]).toMatchObject({ phase: 'halted', halted: { code: 'COMMIT_REFUSED' } });
    expect(transport.sent).toHaveLength(1);
    expect(logs).toContainEqual(
      expect.objectContaining({ level: 'error', message: expect.stringContaining('GROUP_AUTHORIZATION_FAILED') }),
    );
  });

  test('refused for good while the partition is halted already: not asked again, over and over', async () => {
    const calls = pendingAnswers();
    const { clock, transport, consumer } = await running(calls.process);
    transport.answers = Array.from({ length: 50 }, () => ({ code: 'GROUP_AUTHORIZATION_FAILED', retriable: false }));
    transport.batch(batchOf(0, 2, { epoch: 1 }));
    await clock.settle();
    transport.batch(batchOf(2, 3, { epoch: 1, nextOffset: 1 }));
    expect(consumer.health().partitions[0]).toMatchObject({ phase: 'halted', halted: { code: 'PROTOCOL' } });
    calls.calls[0]?.resolve(consumed);
    await clock.settle();
    await clock.advance(60_000);
    expect(transport.committed).toEqual(['orders/0@1']);
  });

  test('after a failure and its mend the interval holds again', async () => {
    const { clock, transport } = await running(() => consumed, { options: { commitIntervalMs: 10_000 } });
    transport.answers = ['unknown'];
    transport.batch(batchOf(0, 2, { epoch: 1 }));
    await clock.advance(1_000);
    expect(transport.committed).toEqual(['orders/0@2', 'orders/0@2']);
    transport.batch(batchOf(2, 4, { epoch: 1 }));
    await clock.advance(5_000);
    expect(transport.committed).toHaveLength(2);
    await clock.advance(5_000);
    expect(transport.committed).toEqual(['orders/0@2', 'orders/0@2', 'orders/0@4']);
  });

  test('an answer that comes after the loss is nobody’s business any more', async () => {
    const { clock, transport, logs } = await running(() => consumed);
    transport.answers = ['manual'];
    transport.batch(batchOf(0, 2, { epoch: 1 }));
    await clock.settle();
    transport.listener.lost([{ topic: 'orders', partition: 0, epoch: 1 }], new KafkaError('GROUP_FENCED', 'gone'));
    transport.sent[0]?.answer('unknown');
    await clock.advance(60_000);
    expect(transport.sent).toHaveLength(1);
    expect(logs.filter(({ level }) => level === 'warn').map(({ data }) => data['event'])).toEqual(['partition-lost']);
  });

  test('refused because the epoch is over: a stop asks once more at most, and does not wait', async () => {
    const { clock, transport, consumer } = await running(() => consumed);
    transport.defaultAnswer = { code: 'ILLEGAL_GENERATION', retriable: false };
    transport.batch(batchOf(0, 2, { epoch: 1 }));
    await clock.settle();
    const stopping = consumer.stop();
    await clock.settle();
    expect(consumer.state).toBe('stopped');
    expect(transport.sent).toHaveLength(2);
    expect((await stopping).open).toMatchObject([{ from: 0, to: 2, reason: 'uncommitted' }]);
  });

  test('refused in a rebalance that came to nothing, then taken: an unknown outcome of the last commit is asked again', async () => {
    const { clock, transport, consumer } = await running(() => consumed);
    transport.answers = [{ code: 'REBALANCE_IN_PROGRESS', retriable: false }];
    transport.batch(batchOf(0, 2, { epoch: 1 }));
    await clock.advance(10_000);
    expect(transport.committed).toEqual(['orders/0@2', 'orders/0@2']);
    transport.answers = ['unknown', 'unknown'];
    transport.batch(batchOf(2, 4, { epoch: 1 }));
    await clock.settle();
    const stopping = consumer.stop();
    await clock.advance(1_000);
    expect(await stopping).toMatchObject({ open: [] });
  });

  test('one partition refused does not hold back the others', async () => {
    const { clock, transport } = await running(() => consumed);
    transport.defaultAnswer = 'manual';
    transport.batch(batchOf(0, 2, { epoch: 1 }));
    await clock.settle();
    transport.sent[0]?.answer({ code: 'REBALANCE_IN_PROGRESS', retriable: false });
    transport.defaultAnswer = 'acknowledged';
    transport.batch(batchOf(0, 3, { epoch: 2, partition: 1 }));
    await clock.advance(200);
    expect(transport.committed).toEqual(['orders/0@2', 'orders/1@3']);
  });

  test('a transport that answers too little is taken as unknown', async () => {
    const { clock, transport, kinds } = await running(() => consumed);
    transport.answers = ['manual'];
    transport.batch(batchOf(0, 2, { epoch: 1 }));
    await clock.settle();
    transport.sent[0]?.answerRaw([]);
    await clock.advance(1_000);
    expect(kinds('commit-settled')).toMatchObject([{ outcome: 'unknown' }, { outcome: 'acknowledged' }]);
  });
});

test('a skipped record is never passed, however long it takes', async () => {
  const { clock, transport } = await running(({ offset, partition }) => (partition === 0 && offset === 3 ? skipped() : consumed));
  transport.batch(batchOf(0, 10, { epoch: 1 }));
  transport.batch(batchOf(10, 20, { epoch: 1 }));
  transport.batch(batchOf(0, 10, { epoch: 2, partition: 1 }));
  await clock.advance(600_000);
  expect(transport.committed).toEqual(['orders/0@3', 'orders/1@10']);
});

test('a stop waits for the answer of what is on its way, also when another request was answered since', async () => {
  const { clock, transport, consumer } = await running(() => consumed);
  transport.answers = ['manual'];
  transport.batch(batchOf(0, 2, { epoch: 1 }));
  await clock.settle();
  transport.batch(batchOf(0, 2, { epoch: 2, partition: 1 }));
  await clock.settle();
  await transport.listener.revoked([{ topic: 'orders', partition: 1, epoch: 2 }], { graceMs: 0 });
  await clock.settle();
  expect(transport.committed).toEqual(['orders/0@2', 'orders/1@2']);
  const stopping = consumer.stop();
  await clock.advance(1_000);
  expect(consumer.state).toBe('stopping');
  transport.sent[0]?.answer('acknowledged');
  await clock.settle();
  expect(await stopping).toEqual({ open: [] });
  expect(transport.committed).toHaveLength(2);
});

test('no second request for other partitions while the first is on its way, though the last one of a revoked partition was answered', async () => {
  const { clock, transport } = await running(() => consumed);
  transport.answers = ['manual'];
  transport.batch(batchOf(0, 2, { epoch: 1 }));
  await clock.settle();
  transport.batch(batchOf(0, 2, { epoch: 2, partition: 1 }));
  await clock.settle();
  await transport.listener.revoked([{ topic: 'orders', partition: 1, epoch: 2 }], { graceMs: 0 });
  transport.batch(batchOf(2, 4, { epoch: 1 }));
  await clock.advance(5_000);
  expect(transport.committed).toEqual(['orders/0@2', 'orders/1@2']);
  transport.sent[0]?.answer('acknowledged');
  await clock.settle();
  expect(transport.committed.at(-1)).toBe('orders/0@4');
});
