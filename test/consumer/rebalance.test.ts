import { describe, expect, test } from 'vitest';
import { KafkaError } from '../../src/errors.ts';
import { consumed, pendingAnswers, rig, skipped } from '../support/consumer-rig.ts';
import type { Process, Rig, RigOptions } from '../support/consumer-rig.ts';
import { assigned, batchOf } from '../support/scripted-transport.ts';

const first = { topic: 'orders', partition: 0, epoch: 1 };
const fenced = new KafkaError('GROUP_FENCED', 'evicted');

async function running(process: Process, options?: RigOptions): Promise<Rig> {
  const made = rig(process, options);
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  void made.consumer.start();
  await made.clock.settle();
  return made;
}

/** Whether a promise has settled, once everything ran that could. */
function watch(promise: Promise<unknown>): { readonly settled: boolean } {
  const state = { settled: false };
  void promise.then(() => (state.settled = true));
  return state;
}

describe('revoked without grace', () => {
  test('the commit is sent before the call returns, and the epoch is over', async () => {
    const { clock, transport, consumer, observations } = await running(({ offset }) => (offset === 2 ? skipped() : consumed), {
      options: { commitIntervalMs: 60_000 },
    });
    transport.batch(batchOf(0, 1, { epoch: 1 }));
    await clock.settle();
    transport.batch(batchOf(1, 5, { epoch: 1 }));
    await clock.settle();
    expect(transport.committed).toEqual(['orders/0@1']);
    const revoked = transport.listener.revoked([first], { graceMs: 0 });
    expect(transport.committed).toEqual(['orders/0@1', 'orders/0@2']);
    await revoked;
    expect(consumer.health().partitions).toEqual([]);
    await clock.advance(60_000);
    expect(observations.map(({ kind }) => kind).slice(-3)).toEqual(['commit-sent', 'revoked', 'commit-settled']);
    expect(clock.timerCount).toBe(0);
  });

  test('also while another commit is in flight, and not again what is on its way already', async () => {
    const { clock, transport } = await running(() => consumed);
    transport.defaultAnswer = 'manual';
    transport.batch(batchOf(0, 2, { epoch: 1 }));
    await clock.settle();
    transport.batch(batchOf(2, 4, { epoch: 1 }));
    await clock.settle();
    void transport.listener.revoked([first], { graceMs: 0 });
    expect(transport.committed).toEqual(['orders/0@2', 'orders/0@4']);

    transport.assign([assigned({ epoch: 2, committedOffset: 4 })]);
    await clock.settle();
    transport.batch(batchOf(4, 6, { epoch: 2 }));
    for (const { answer } of transport.sent) answer('acknowledged');
    await clock.advance(200);
    expect(transport.committed.slice(2)).toEqual(['orders/0@6']);
    void transport.listener.revoked([{ ...first, epoch: 2 }], { graceMs: 0 });
    expect(transport.committed.slice(2)).toEqual(['orders/0@6']);
  });

  test('a call that still runs is aborted, and its answer is dropped', async () => {
    const calls = pendingAnswers();
    const { clock, transport, kinds } = await running(calls.process);
    transport.batch(batchOf(0, 2, { epoch: 1 }));
    await clock.settle();
    void transport.listener.revoked([first], { graceMs: 0 });
    expect(calls.calls[0]?.context.signal.aborted).toBe(true);
    calls.calls[0]?.resolve(consumed);
    await clock.advance(10_000);
    expect(kinds('stale-result')).toMatchObject([{ epoch: 1, offset: 0, attempt: 1 }]);
    expect(kinds('action')).toEqual([]);
    expect(transport.committed).toEqual([]);
  });
});

describe('revoked with grace', () => {
  test('is over at once when the partition is lost meanwhile: nobody waits for a call that counts no more', async () => {
    const { clock, transport } = await running(pendingAnswers().process);
    transport.batch(batchOf(0, 1, { epoch: 1 }));
    await clock.settle();
    const state = watch(transport.listener.revoked([first], { graceMs: 10_000 }));
    await clock.advance(100);
    expect(state.settled).toBe(false);
    transport.listener.lost([first], fenced);
    await clock.settle();
    expect(state.settled).toBe(true);
  });

  test('no call starts, the running one may finish and counts, then the commit, then the promise settles', async () => {
    const calls = pendingAnswers();
    const { clock, transport, delivered, kinds } = await running(calls.process);
    transport.batch(batchOf(0, 5, { epoch: 1 }));
    await clock.settle();
    const state = watch(transport.listener.revoked([first], { graceMs: 10_000 }));
    expect(transport.batch(batchOf(5, 6, { epoch: 1 }))).toBe('dropped');
    await clock.advance(3_000);
    expect(state.settled).toBe(false);
    expect(calls.calls[0]?.context.signal.aborted).toBe(false);
    transport.defaultAnswer = 'manual';
    calls.calls[0]?.resolve(consumed);
    await clock.settle();
    expect(delivered).toEqual([0]);
    expect(transport.committed).toEqual(['orders/0@1']);
    expect(state.settled).toBe(false);
    transport.sent[0]?.answer('acknowledged');
    await clock.settle();
    expect(state.settled).toBe(true);
    expect(kinds('revoked')).toHaveLength(1);
    expect(clock.timerCount).toBe(0);
  });

  test('a call that takes longer is given up before the grace is over, so that the commit of what is done still lands', async () => {
    const calls = pendingAnswers();
    const { clock, transport } = await running((item, context) => (item.offset === 0 ? consumed : calls.process(item, context)), {
      options: { commitIntervalMs: 60_000 },
    });
    transport.answers = ['unknown'];
    transport.batch(batchOf(0, 5, { epoch: 1 }));
    await clock.advance(10);
    transport.sent.length = 0;
    const state = watch(transport.listener.revoked([first], { graceMs: 10_000 }));
    await clock.advance(8_999);
    expect(transport.sent).toHaveLength(1);
    expect(state.settled).toBe(false);
    await clock.advance(1);
    expect(state.settled).toBe(true);
    expect(transport.committed).toEqual(['orders/0@1']);
    expect(calls.calls[0]?.context.signal.aborted).toBe(true);
  });

  test('an unknown outcome of the last commit is tried again while the grace lasts, and no longer', async () => {
    const { clock, transport } = await running(() => consumed);
    transport.defaultAnswer = 'unknown';
    transport.batch(batchOf(0, 5, { epoch: 1 }));
    await clock.settle();
    const state = watch(transport.listener.revoked([first], { graceMs: 5_000 }));
    await clock.advance(4_999);
    const count = transport.sent.length;
    expect(count).toBeGreaterThan(3);
    await clock.advance(60_000);
    expect(state.settled).toBe(true);
    expect(transport.sent.length).toBeLessThanOrEqual(count + 1);
    expect(new Set(transport.committed)).toEqual(new Set(['orders/0@5']));
  });

  test('lost while the last commit is tried again: it is not tried any more', async () => {
    const { clock, transport } = await running(() => consumed);
    transport.defaultAnswer = 'unknown';
    transport.batch(batchOf(0, 5, { epoch: 1 }));
    await clock.settle();
    void transport.listener.revoked([first], { graceMs: 60_000 });
    await clock.advance(1_000);
    transport.listener.lost([first], fenced);
    const count = transport.sent.length;
    await clock.advance(60_000);
    expect(transport.sent).toHaveLength(count);
  });

  test('lost in the middle of it: forgotten without a commit', async () => {
    const calls = pendingAnswers();
    const { clock, transport, kinds } = await running((item, context) => (item.offset === 0 ? consumed : calls.process(item, context)), {
      options: { commitIntervalMs: 60_000 },
    });
    transport.batch(batchOf(0, 1, { epoch: 1 }));
    await clock.settle();
    transport.batch(batchOf(1, 5, { epoch: 1 }));
    await clock.settle();
    transport.sent.length = 0;
    void transport.listener.revoked([first], { graceMs: 10_000 });
    transport.listener.lost([first], fenced);
    calls.calls[0]?.resolve(consumed);
    await clock.advance(20_000);
    expect(transport.sent).toEqual([]);
    expect(kinds('lost')).toHaveLength(1);
    expect(kinds('revoked')).toHaveLength(0);
  });
});

describe('lost', () => {
  test('forgets without committing: what was done is delivered again, a duplicate beats a loss', async () => {
    const { clock, transport, consumer, kinds } = await running(() => consumed, { options: { commitIntervalMs: 60_000 } });
    transport.batch(batchOf(0, 1, { epoch: 1 }));
    await clock.settle();
    transport.batch(batchOf(1, 5, { epoch: 1 }));
    await clock.settle();
    transport.listener.lost([first], fenced);
    await clock.advance(120_000);
    expect(transport.committed).toEqual(['orders/0@1']);
    expect(kinds('lost')).toMatchObject([{ topic: 'orders', partition: 0, epoch: 1 }]);
    expect(consumer.health().partitions).toEqual([]);
  });

  test('is out of the group until it has come back, be it with the same generation', async () => {
    const { clock, transport, consumer } = await running(() => consumed);
    const { generation } = consumer.health();
    expect(generation).toBe(1);
    transport.listener.lost([first], fenced);
    expect(consumer.health().generation).toBe(null);
    transport.listener.assigned({ memberId: 'member-1', generation: 1, partitions: [] });
    await clock.settle();
    expect(consumer.health().generation).toBe(1);
  });

  test('a commit that is acknowledged after the loss means nothing to the next epoch', async () => {
    const { clock, transport, consumer } = await running(() => consumed);
    transport.answers = ['manual'];
    transport.batch(batchOf(0, 5, { epoch: 1 }));
    await clock.settle();
    transport.listener.lost([first], fenced);
    transport.assign([assigned({ epoch: 2, committedOffset: 0 })]);
    await clock.settle();
    transport.sent[0]?.answer('acknowledged');
    await clock.settle();
    expect(consumer.health().partitions).toMatchObject([{ epoch: 2, committed: 0, position: 0 }]);
    transport.batch(batchOf(0, 2, { epoch: 2 }));
    await clock.advance(1_000);
    expect(transport.committed.at(-1)).toBe('orders/0@2');
  });

  test('a retry of the old epoch does not fire', async () => {
    const { clock, transport, delivered } = await running(() => skipped(1_000));
    transport.batch(batchOf(0, 5, { epoch: 1 }));
    await clock.settle();
    transport.listener.lost([first], fenced);
    await clock.advance(60_000);
    expect(delivered).toEqual([0]);
    expect(clock.timerCount).toBe(0);
  });

  test('what is told of an epoch that is over changes nothing', async () => {
    const { clock, transport, consumer } = await running(() => consumed);
    transport.listener.lost([first], fenced);
    transport.assign([assigned({ epoch: 2, committedOffset: 0 })]);
    await clock.settle();
    transport.listener.lost([first], fenced);
    await transport.listener.revoked([first], { graceMs: 0 });
    expect(transport.batch(batchOf(0, 5, { epoch: 1 }))).toBe('dropped');
    expect(consumer.health().partitions).toMatchObject([{ epoch: 2, phase: 'active', position: 0 }]);
  });
});

describe('no overlap', () => {
  test('a call of the old epoch blocks the new one until it settles, and its answer is dropped', async () => {
    const calls = pendingAnswers();
    const { clock, transport, consumer, delivered, kinds } = await running(calls.process);
    transport.batch(batchOf(0, 2, { epoch: 1 }));
    await clock.settle();
    transport.listener.lost([first], fenced);
    transport.assign([assigned({ epoch: 2, committedOffset: 0 })]);
    await clock.settle();
    transport.batch(batchOf(0, 2, { epoch: 2 }));
    await clock.advance(60_000);
    expect(delivered).toEqual([0]);
    expect(consumer.health().partitions).toMatchObject([{ epoch: 2, callRunning: true, blocked: null, queued: 2 }]);
    calls.calls[0]?.resolve(consumed);
    await clock.settle();
    expect(kinds('stale-result')).toMatchObject([{ epoch: 1, offset: 0 }]);
    expect(delivered).toEqual([0, 0]);
    calls.calls[1]?.resolve(consumed);
    await clock.settle();
    expect(delivered).toEqual([0, 0, 1]);
    expect(transport.committed).toEqual(['orders/0@1']);
  });

  test('over three epochs, with the partition away in between', async () => {
    const calls = pendingAnswers();
    const { clock, transport, delivered } = await running(calls.process);
    transport.batch(batchOf(0, 1, { epoch: 1 }));
    await clock.settle();
    transport.listener.lost([first], fenced);
    transport.assign([assigned({ epoch: 2, committedOffset: 0 })]);
    await clock.settle();
    transport.batch(batchOf(0, 1, { epoch: 2 }));
    await transport.listener.revoked([{ ...first, epoch: 2 }], { graceMs: 0 });
    transport.assign([assigned({ epoch: 3, committedOffset: 0 })]);
    await clock.settle();
    transport.batch(batchOf(0, 1, { epoch: 3 }));
    await clock.settle();
    expect(delivered).toEqual([0]);
    calls.calls[0]?.reject(new Error('aborted'));
    await clock.settle();
    expect(delivered).toEqual([0, 0]);
    expect(calls.calls[1]?.context.attempt).toBe(1);
  });
});

describe('contiguity', () => {
  test('zoo #29: after a rejoin without a word, the stale batch of the old assignment is dropped, and nothing is lost', async () => {
    const { clock, transport, delivered, kinds } = await running(({ offset }) => (offset < 10 && !ready ? skipped() : consumed));
    let ready = false;
    transport.batch(batchOf(0, 10, { epoch: 1 }));
    await clock.settle();
    // GROUP_JOIN without REBALANCING: the same partition again, neither revoked nor lost.
    transport.assign([assigned({ epoch: 2, committedOffset: 0 })]);
    await clock.settle();
    expect(transport.fetches.at(-1)).toEqual({ topic: 'orders', partition: 0, epoch: 2, offset: 0 });
    expect(transport.batch(batchOf(10, 20, { epoch: 2 }))).toBe('dropped');
    await clock.settle();
    expect(kinds('lost')).toMatchObject([{ epoch: 1 }]);
    expect(kinds('discontinuity')).toMatchObject([{ epoch: 2, position: 0, fetchedFrom: 10 }]);
    expect(transport.fetches.at(-1)).toEqual({ topic: 'orders', partition: 0, epoch: 2, offset: 0 });
    expect(transport.fetches).toHaveLength(3);
    ready = true;
    delivered.length = 0;
    transport.batch(batchOf(0, 20, { epoch: 2 }));
    await clock.advance(1_000);
    expect(delivered).toEqual(Array.from({ length: 20 }, (_, offset) => offset));
    expect(transport.committed.at(-1)).toBe('orders/0@20');
  });

  test('what is asked again without end halts the partition, loudly', async () => {
    const { clock, transport, consumer, kinds } = await running(() => consumed, { options: { maxDiscontinuities: 3 } });
    for (let times = 0; times < 3; times++) {
      transport.batch(batchOf(10, 20, { epoch: 1 }));
      await clock.settle();
    }
    expect(transport.fetches).toHaveLength(4);
    transport.batch(batchOf(10, 20, { epoch: 1 }));
    await clock.settle();
    expect(transport.fetches).toHaveLength(4);
    expect(consumer.health().partitions[0]).toMatchObject({ phase: 'halted', halted: { code: 'PROTOCOL' } });
    expect(kinds('halted')).toHaveLength(1);
    expect(transport.paused).toEqual(new Set(['orders/0']));
  });

  test('an accepted batch starts the count anew', async () => {
    const { clock, transport, consumer } = await running(() => consumed, { options: { maxDiscontinuities: 2 } });
    for (let round = 0; round < 5; round++) {
      for (let times = 0; times < 2; times++) {
        transport.batch(batchOf(100, 101, { epoch: 1 }));
        await clock.settle();
      }
      transport.batch(batchOf(round, round + 1, { epoch: 1 }));
      await clock.settle();
    }
    expect(consumer.health().partitions[0]).toMatchObject({ phase: 'active', position: 5 });
  });

  test('a batch whose offsets contradict themselves halts the partition', async () => {
    const { clock, transport, consumer } = await running(() => consumed);
    const batch = batchOf(0, 3, { epoch: 1 });
    expect(transport.batch({ ...batch, records: batch.records.toReversed() })).toBe('dropped');
    await clock.settle();
    expect(consumer.health().partitions[0]).toMatchObject({ phase: 'halted', halted: { code: 'PROTOCOL' } });
  });

  test('a stale batch of an older leader epoch is dropped like any other: it says nothing of the log', async () => {
    const { clock, transport, consumer, kinds } = await running(() => consumed);
    transport.batch(batchOf(0, 3, { epoch: 1, leaderEpochs: [{ from: 0, leaderEpoch: 6 }] }));
    transport.batch(batchOf(3, 6, { epoch: 1, leaderEpochs: [{ from: 3, leaderEpoch: 7 }] }));
    expect(transport.batch(batchOf(0, 3, { epoch: 1, leaderEpochs: [{ from: 0, leaderEpoch: 6 }] }))).toBe('dropped');
    await clock.settle();
    expect(kinds('discontinuity')).toMatchObject([{ position: 6, fetchedFrom: 0 }]);
    expect(consumer.health().partitions[0]?.phase).toBe('active');
    // Nor is one that comes from further on a reason to mistrust what follows.
    transport.batch(batchOf(50, 53, { epoch: 1, leaderEpochs: [{ from: 50, leaderEpoch: 9 }] }));
    expect(transport.batch(batchOf(6, 9, { epoch: 1, leaderEpochs: [{ from: 6, leaderEpoch: 7 }] }))).toBe('accepted');
  });

  test('a leader epoch that goes back means that the log is another one: halted, and nothing more is committed', async () => {
    const { clock, transport, consumer } = await running(() => consumed);
    transport.defaultAnswer = 'unknown';
    transport.batch(batchOf(0, 3, { epoch: 1, leaderEpochs: [{ from: 0, leaderEpoch: 7 }] }));
    await clock.settle();
    const count = transport.sent.length;
    expect(transport.batch(batchOf(3, 6, { epoch: 1, leaderEpochs: [{ from: 3, leaderEpoch: 6 }] }))).toBe('dropped');
    await clock.advance(60_000);
    expect(consumer.health().partitions[0]).toMatchObject({ phase: 'halted', halted: { code: 'OFFSET_OUT_OF_RANGE' } });
    expect(transport.sent).toHaveLength(count);
  });
});
