/** What handlers promise by their options: order by handler, limits, retries, halted lanes, batches. */
import { describe, expect, it } from 'vitest';
import { KafkaError } from '../../src/errors.ts';
import { checkHistory } from '../../testing/checker/check-history.ts';
import type { HandlerPromises, ProcessPromises } from '../../testing/checker/promises.ts';
import { HistoryBuilder, onePartition } from './history-builder.ts';

const PLACE = { member: 'a', topic: 'orders', partition: 0, epoch: 1 } as const;

function promised(
  records: number,
  handler: Omit<HandlerPromises, 'topics'>,
  process: ProcessPromises = {},
  observes = false,
): HistoryBuilder {
  return onePartition(records, { handlers: [{ topics: ['orders'], ...handler }], process, observes });
}

function keyed(keys: readonly (string | null)[], handler: Omit<HandlerPromises, 'topics'> = {}): HistoryBuilder {
  return new HistoryBuilder({ handlers: [{ topics: ['orders'], ordering: 'key', ...handler }] })
    .produced(keys.length, keys)
    .assigned('a', 1)
    .fetchFrom('a', 1, 0);
}

describe('order by handler', () => {
  it('goes by the handler of the topic, whatever the subject promises besides', () => {
    expect(promised(2, { ordering: 'unordered' }).call('a', 0, 'skip').call('a', 1, 'consume').broken()).toEqual([]);
    expect(keyed(['x', 'x']).call('a', 0, 'skip').call('a', 1, 'consume').broken()).toEqual(['order-violation']);
    expect(keyed(['x', 'y']).call('a', 0, 'skip').call('a', 1, 'consume').broken()).toEqual([]);
  });

  it('lets the records of a lane come together in one batch, in order, and none behind an open one after it', () => {
    expect(promised(3, {}).batchCall('a', { 0: 'consume', 1: 'consume' }).call('a', 2, 'consume').broken()).toEqual([]);
    expect(promised(3, {}).batchCall('a', { 0: 'skip', 1: 'skip' }).batchCall('a', { 0: 'consume', 1: 'consume' }).broken()).toEqual([]);
    expect(promised(3, {}).batchCall('a', { 0: 'skip', 1: 'consume' }).call('a', 0, 'consume').call('a', 2, 'consume').broken()).toEqual(
      [],
    );
    expect(promised(3, {}).batchCall('a', { 0: 'skip', 1: 'consume' }).call('a', 2, 'consume').broken()).toEqual(['order-violation']);
  });

  it('catches a lane that forgets an open record: a second skipped one of a batch', () => {
    const forgets = promised(3, {}).batchCall('a', { 0: 'skip', 1: 'skip' }).call('a', 0, 'consume').call('a', 2, 'consume');
    expect(forgets.broken()).toEqual(['order-violation']);
  });

  it('catches a batch whose records of a lane are in the wrong order', () => {
    const backward = promised(2, {});
    const [second, first] = backward.enterBatch('a', [1, 0]) as [number, number];
    expect(backward.answer(second, 'a', 1, 'consume').answer(first, 'a', 0, 'consume').broken()).toContain('order-violation');
  });
});

describe('overlap by handler', () => {
  it('takes the records of a batch for one call, and the call for running until its last answer', () => {
    const two = promised(3, {});
    const [first, second] = two.enterBatch('a', [0, 1]) as [number, number];
    two.answer(first, 'a', 0, 'consume');
    const third = two.enter('a', 2);
    two.answer(second, 'a', 1, 'consume').answer(third, 'a', 2, 'consume');
    expect(two.broken()).toContain('overlap');
  });

  it('lets lanes of a key run side by side, and no two calls of one', () => {
    const side = keyed(['x', 'y', 'x']);
    const [first, second] = [side.enter('a', 0), side.enter('a', 1)];
    side.answer(first, 'a', 0, 'consume').answer(second, 'a', 1, 'consume').call('a', 2, 'consume');
    expect(side.broken()).toEqual([]);
    const same = keyed(['x', 'x']);
    const calls = [same.enter('a', 0), same.enter('a', 1)] as const;
    expect(same.answer(calls[0], 'a', 0, 'consume').answer(calls[1], 'a', 1, 'consume').broken()).toContain('overlap');
  });

  it('lets a lane go on beside a call that hangs where the options say so, no sooner, and does not believe the late answer', () => {
    const beside = (afterMs: number): HistoryBuilder => {
      const history = promised(1, { deadlineMs: 100, overlapAfterMs: 300 });
      const hung = history.enter('a', 0);
      history.wait(afterMs).call('a', 0, 'consume');
      return history.answer(hung, 'a', 0, 'failed').commit('a', 1, 1);
    };
    expect(beside(300).broken()).toEqual([]);
    expect(beside(200).broken()).toEqual(['overlap']);
  });
});

describe('concurrency-limit', () => {
  const three = (handler: Omit<HandlerPromises, 'topics'>, process: ProcessPromises = {}): HistoryBuilder =>
    promised(3, { ordering: 'unordered', ...handler }, process);

  it('catches one call too many, of a handler and of a process', () => {
    for (const history of [three({ concurrency: 2 }), three({}, { concurrency: 2 })]) {
      history.enter('a', 0);
      history.enter('a', 1);
      history.enter('a', 2);
      expect(history.broken()).toEqual(['concurrency-limit']);
    }
  });

  it('counts a batch once, a call until it has ended, and each process by itself', () => {
    const batch = three({ concurrency: 1 });
    batch.enterBatch('a', [0, 1, 2]);
    expect(batch.broken()).toEqual([]);
    const inTurn = three({ concurrency: 1 }).call('a', 0, 'consume').call('a', 1, 'consume');
    expect(inTurn.broken()).toEqual([]);
    const late = three({ concurrency: 1 });
    late.enter('a', 0);
    late.lost('a', 1).assigned('a', 2, 0).fetchFrom('a', 2, 0);
    late.enter('a', 1);
    expect(late.broken()).toContain('concurrency-limit');
    const died = three({ concurrency: 1 });
    died.enter('a', 0);
    died.crashed('a').assigned('b', 2, 0).fetchFrom('b', 2, 0);
    died.enter('b', 0);
    expect(died.broken()).toEqual([]);
  });

  it('counts no call of a log that was replaced: nothing more is heard of it', () => {
    const replaced = new HistoryBuilder({ process: { concurrency: 1 }, ordering: 'unordered' })
      .produced(1)
      .assigned('a', 1)
      .fetchFrom('a', 1, 0);
    replaced.enter('a', 0);
    const where = { topic: 'payments', partition: 0 } as const;
    replaced.add({ kind: 'produced', ...where, offset: 0, key: null, tombstone: false });
    replaced.add({
      kind: 'client-assigned',
      ...where,
      member: 'a',
      epoch: 2,
      generation: 2,
      committedOffset: null,
      logStartOffset: 0,
      logEndOffset: 1,
    });
    replaced.add({ kind: 'log-replaced', topic: 'orders', partition: 0 });
    expect(replaced.add({ kind: 'call-started', ...where, call: 99, member: 'a', offset: 0, attempt: 1 }).broken()).toEqual([]);
  });

  it('counts a hung call no longer where the lane may go on beside it', () => {
    const hung = three({ concurrency: 1, deadlineMs: 100, overlapAfterMs: 200 });
    hung.enter('a', 0);
    hung.wait(250);
    hung.enter('a', 1);
    expect(hung.broken()).toEqual([]);
    hung.enter('a', 2);
    expect(hung.broken()).toEqual(['concurrency-limit']);
  });
});

describe('rate-limit', () => {
  const rated = { ordering: 'unordered', rateLimit: { recordsPerSecond: 10, burst: 2 } } as const;

  it('catches a bucket that is overdrawn: by a delivery too many, by a redelivery, by a batch', () => {
    expect(promised(3, rated).call('a', 0, 'consume').call('a', 1, 'consume').call('a', 2, 'consume').broken()).toEqual(['rate-limit']);
    expect(promised(2, rated).call('a', 0, 'skip').call('a', 0, 'skip').call('a', 0, 'consume').broken()).toEqual(['rate-limit']);
    expect(promised(3, rated).batchCall('a', { 0: 'consume', 1: 'consume', 2: 'consume' }).broken()).toEqual(['rate-limit']);
  });

  it('lets the burst and what time has earned through, but saves no more than the burst', () => {
    const earned = promised(4, rated).call('a', 0, 'consume').call('a', 1, 'consume').wait(100).call('a', 2, 'consume');
    expect(earned.broken()).toEqual([]);
    expect(earned.wait(50).call('a', 3, 'consume').broken()).toEqual(['rate-limit']);
    const saved = promised(4, rated).wait(10_000);
    expect(saved.call('a', 0, 'consume').call('a', 1, 'consume').call('a', 2, 'consume').broken()).toEqual(['rate-limit']);
  });

  it('is that of a process, over all of its handlers, and another process has its own', () => {
    const process = { rateLimit: { recordsPerSecond: 10, burst: 1 } };
    expect(promised(2, { ordering: 'unordered' }, process).call('a', 0, 'consume').call('a', 1, 'consume').broken()).toEqual([
      'rate-limit',
    ]);
    const other = promised(2, { ordering: 'unordered' }, process)
      .call('a', 0, 'skip')
      .crashed('a')
      .assigned('b', 2, 0)
      .fetchFrom('b', 2, 0);
    expect(other.call('b', 0, 'consume').broken()).toEqual([]);
  });
});

describe('early-retry', () => {
  const AT_ONCE = { leastRetryDelayMs: 0 };
  /** Each event comes a millisecond after the one before it. */
  const patient = (afterMs: number, handler: Omit<HandlerPromises, 'topics'> = AT_ONCE, retryAfterMs?: number) => {
    const history = promised(1, handler);
    const first = history.enter('a', 0);
    return history.answer(first, 'a', 0, 'skip', retryAfterMs === undefined ? {} : { retryAfterMs }).wait(afterMs - 1);
  };

  it('catches a record that comes again sooner than its Skip asked for, by a millisecond', () => {
    expect(patient(499, AT_ONCE, 500).call('a', 0, 'consume').broken()).toEqual(['early-retry']);
    expect(patient(500, AT_ONCE, 500).call('a', 0, 'consume').broken()).toEqual([]);
    expect(patient(0).call('a', 0, 'consume').broken()).toEqual([]);
  });

  it('holds a handler to its least back-off where nothing was asked for', () => {
    expect(patient(199, { leastRetryDelayMs: 200 }).call('a', 0, 'consume').broken()).toEqual(['early-retry']);
    expect(patient(200, { leastRetryDelayMs: 200 }).call('a', 0, 'consume').broken()).toEqual([]);
    expect(patient(10, { leastRetryDelayMs: 200 }, 10).call('a', 0, 'consume').broken()).toEqual([]);
  });

  it('says nothing of a consumer that goes by its own idea of time', () => {
    expect(patient(1, {}, 500).call('a', 0, 'consume').broken()).toEqual([]);
  });

  it('goes by the deadline of a failed call that says so late', () => {
    const late = promised(1, { deadlineMs: 100, leastRetryDelayMs: 200 });
    const call = late.enter('a', 0);
    expect(late.wait(250).answer(call, 'a', 0, 'failed').wait(50).call('a', 0, 'consume').broken()).toEqual([]);
  });

  it('lets whoever is assigned the partition next begin at once, and a lane that somebody lets go on', () => {
    const next = patient(1, AT_ONCE, 500).lost('a', 1).assigned('b', 1, 0).fetchFrom('b', 1, 0);
    expect(next.call('b', 0, 'consume').broken()).toEqual([]);
    const again = patient(1, AT_ONCE, 500).lost('a', 1).assigned('a', 2, 0).fetchFrom('a', 2, 0);
    expect(again.call('a', 0, 'consume').broken()).toEqual([]);
    const resumed = patient(1, AT_ONCE, 500).observed({ kind: 'lane-resumed', ...PLACE, offset: 0, attempt: 1, by: 'retry' });
    expect(resumed.call('a', 0, 'consume').broken()).not.toContain('early-retry');
  });
});

describe('retry-limit', () => {
  const twice = { retry: { maxAttempts: 2, onExhausted: 'reject' } } as const;

  it('catches a third attempt where two were allowed, and one Skip too many', () => {
    const third = promised(1, twice).call('a', 0, 'failed').call('a', 0, 'failed').call('a', 0, 'consume');
    expect(third.broken()).toContain('retry-limit');
    const skips = { retry: { maxSkips: 1, onExhausted: 'halt' } } as const;
    expect(promised(1, skips).call('a', 0, 'skip').call('a', 0, 'skip').broken()).toEqual([]);
    expect(promised(1, skips).call('a', 0, 'skip').call('a', 0, 'skip').call('a', 0, 'consume').broken()).toEqual(['retry-limit']);
  });

  it('counts no Skip as an attempt, and begins anew with an epoch', () => {
    const skipped = promised(1, twice).call('a', 0, 'skip').call('a', 0, 'failed').call('a', 0, 'skip').call('a', 0, 'consume');
    expect(skipped.broken()).toEqual([]);
    const again = promised(1, twice).call('a', 0, 'failed').lost('a', 1).assigned('a', 2, 0).fetchFrom('a', 2, 0);
    expect(again.call('a', 0, 'failed').lost('a', 2).assigned('a', 3, 0).fetchFrom('a', 3, 0).call('a', 0, 'consume').broken()).toEqual([]);
  });

  it('counts a record that was given up as rejected: it may be passed, and its lane goes on', () => {
    const passed = promised(2, twice).call('a', 0, 'failed').call('a', 0, 'failed').call('a', 1, 'consume').commit('a', 1, 2);
    expect(passed.broken()).toEqual([]);
    const tooSoon = promised(2, twice).call('a', 0, 'failed').call('a', 1, 'consume').commit('a', 1, 2);
    expect(tooSoon.broken()).toEqual(['commit-past-open', 'order-violation']);
  });

  it('believes the runtime that a record was given up where the evidence bears it out', () => {
    const gives = (failures: number): HistoryBuilder => {
      const history = promised(1, twice, {}, true);
      for (let attempt = 0; attempt < failures; attempt += 1) history.call('a', 0, 'failed');
      history.observed({ kind: 'action', ...PLACE, offset: 0, attempt: failures, action: 'reject', reason: 'retries-exhausted' });
      return history.commit('a', 1, 1);
    };
    expect(gives(2).broken()).toEqual([]);
    expect(gives(1).broken()).toEqual(['commit-past-open', 'untrue-observation']);
  });

  it('counts a call that has passed its deadline as an attempt, and hears no more of it', () => {
    const late = (durationMs: number): HistoryBuilder => {
      const history = promised(1, { deadlineMs: 100, retry: { maxAttempts: 1, onExhausted: 'reject' } }, {}, true);
      const call = history.enter('a', 0);
      history.wait(durationMs);
      history.observed({ kind: 'action', ...PLACE, offset: 0, attempt: 1, action: 'reject', reason: 'retries-exhausted' });
      return history.answer(call, 'a', 0, 'failed').commit('a', 1, 1);
    };
    expect(late(150).broken()).toEqual([]);
    expect(late(10).broken()).toContain('untrue-observation');
  });

  it('catches a late answer that is believed', () => {
    const believed = promised(1, { deadlineMs: 100 }, {}, true);
    const call = believed.enter('a', 0);
    // What the witness writes down for an answer after the deadline, whatever it was.
    believed.wait(150).answer(call, 'a', 0, 'failed');
    believed.observed({ kind: 'action', ...PLACE, offset: 0, attempt: 1, action: 'consume', reason: null });
    expect(believed.commit('a', 1, 1).broken()).toEqual(['commit-past-open', 'untrue-observation']);
  });
});

describe('halted-delivery', () => {
  const error = new KafkaError('HANDLER_DEADLINE', 'the call hangs');
  const halted = (): HistoryBuilder =>
    keyed(['x', 'x', 'y'])
      .call('a', 0, 'failed')
      .observed({ kind: 'lane-halted', ...PLACE, offset: 0, attempt: 1, error });

  it('catches a delivery of a halted lane', () => {
    const [violation] = checkHistory(halted().call('a', 0, 'consume').history()).violations;
    expect(violation).toMatchObject({ invariant: 'halted-delivery', offsets: [0], members: ['a'] });
  });

  it('passes other lanes, the lane once it goes on, and the next epoch', () => {
    expect(halted().call('a', 2, 'consume').broken()).toEqual([]);
    const resumed = halted().observed({ kind: 'lane-resumed', ...PLACE, offset: 0, attempt: 1, by: 'retry' });
    expect(resumed.call('a', 0, 'consume').call('a', 1, 'consume').broken()).toEqual([]);
    expect(halted().lost('a', 1).assigned('a', 2, 0).fetchFrom('a', 2, 0).call('a', 0, 'consume').broken()).toEqual([]);
  });
});

describe('batch-answer', () => {
  const delivered = (history: HistoryBuilder, offset: number): HistoryBuilder =>
    history.observed({ kind: 'delivered', ...PLACE, offset, attempt: 1, batch: 1 });
  const action = (history: HistoryBuilder, offset: number, type: 'consume' | 'skip' = 'consume'): HistoryBuilder =>
    history.observed({ kind: 'action', ...PLACE, offset, attempt: 1, action: type, reason: null });
  const batch = (): HistoryBuilder => delivered(delivered(promised(2, {}, {}, true), 0), 1).batchCall('a', { 0: 'consume', 1: 'consume' });

  it('passes one answer for each', () => {
    expect(action(action(batch(), 0), 1).ended().broken()).toEqual([]);
  });

  it('catches a record with two answers, and one with none', () => {
    expect(
      action(action(action(batch(), 0), 0), 1)
        .ended()
        .broken(),
    ).toContain('batch-answer');
    expect(action(batch(), 0).ended().broken()).toEqual(['batch-answer']);
  });

  it('asks for no answer after the assignment, nor while the call runs', () => {
    expect(action(batch(), 0).lost('a', 1).ended().broken()).toEqual([]);
    const running = delivered(promised(1, {}, {}, true), 0);
    running.enterBatch('a', [0]);
    expect(running.ended().broken()).toEqual([]);
  });

  it('catches a batch that is larger than was asked for', () => {
    expect(promised(3, { maxBatchRecords: 2 }).batchCall('a', { 0: 'consume', 1: 'consume' }).broken()).toEqual([]);
    expect(promised(3, { maxBatchRecords: 2 }).batchCall('a', { 0: 'consume', 1: 'consume', 2: 'consume' }).broken()).toEqual([
      'batch-answer',
    ]);
  });

  it('catches answers that are counted for the wrong record', () => {
    const swapped = delivered(delivered(promised(2, {}, {}, true), 0), 1).batchCall('a', { 0: 'skip', 1: 'consume' });
    expect(
      action(action(swapped, 0, 'consume'), 1, 'skip')
        .ended()
        .broken(),
    ).toContain('untrue-observation');
  });
});

describe('open-window', () => {
  const stuck = (): HistoryBuilder => promised(9, { ordering: 'unordered' }, { openWindow: 3 }).batch('a', 1, 0, 3).call('a', 0, 'skip');

  it('lets the fetch pass that was under way, and catches the one after it', () => {
    expect(stuck().batch('a', 1, 3, 6).broken()).toEqual([]);
    expect(stuck().batch('a', 1, 3, 6).batch('a', 1, 6, 9).broken()).toEqual(['open-window']);
  });

  it('does not count from a record that retention took before it was done', () => {
    const removed = promised(9, { ordering: 'unordered' }, { openWindow: 3 }).batch('a', 1, 0, 3);
    removed.add({ kind: 'log-start-moved', topic: 'orders', partition: 0, offset: 3 });
    expect(removed.batch('a', 1, 3, 6).call('a', 3, 'consume').call('a', 4, 'consume').batch('a', 1, 6, 7).broken()).toEqual([]);
  });

  it('passes whatever comes once there was room', () => {
    const freed = stuck().batch('a', 1, 3, 4).call('a', 0, 'consume').call('a', 1, 'consume').call('a', 2, 'skip');
    expect(freed.batch('a', 1, 4, 6).batch('a', 1, 6, 9).broken()).toEqual([]);
  });
});
