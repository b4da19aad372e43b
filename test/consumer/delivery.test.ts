import { describe, expect, test } from 'vitest';
import type { Action } from '../../src/action.ts';
import { KafkaError } from '../../src/errors.ts';
import { consumed, pendingAnswers, rejected, rig, skipped } from '../support/consumer-rig.ts';
import type { Process, Rig, RigOptions } from '../support/consumer-rig.ts';
import { assigned, batchOf } from '../support/scripted-transport.ts';

async function running(process: Process, options?: RigOptions): Promise<Rig> {
  const made = rig(process, options);
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  const started = made.consumer.start();
  await made.clock.settle();
  await started;
  return made;
}

describe('failures', () => {
  const failing: readonly [string, () => Action | Promise<Action>, string][] = [
    [
      'a synchronous throw',
      () => {
        throw new TypeError('broken');
      },
      'TypeError',
    ],
    ['a rejected promise', () => Promise.reject(new TypeError('broken')), 'TypeError'],
    [
      'a thrown string',
      () => {
        throw 'broken';
      },
      'thrown string',
    ],
    ['no answer', () => undefined as unknown as Action, 'HANDLER_INVALID'],
    ['a promise of no action', () => Promise.resolve({ type: 'consume' } as unknown as Action), 'HANDLER_INVALID'],
    ['a function instead of its call', () => (() => consumed) as unknown as Action, 'HANDLER_INVALID'],
    [
      'an object whose then throws',
      () =>
        ({
          get then(): never {
            throw new RangeError('no');
          },
        }) as unknown as Action,
      'RangeError',
    ],
  ];
  test.each(failing)('%s: the record holds its partition and is delivered again from memory', async (_what, answer, problem) => {
    let failures = 0;
    const { clock, transport, consumer, delivered, kinds } = await running(({ offset }) =>
      offset === 1 && failures++ < 3 ? answer() : consumed,
    );
    transport.batch(batchOf(0, 3, { epoch: 1 }));
    await clock.settle();
    expect(consumer.health().partitions[0]?.blocked).toMatchObject({
      offset: 1,
      attempt: 1,
      failures: 1,
      nextAttemptAt: clock.now() + 100,
      lastProblem: problem,
    });
    await clock.advance(5_000);
    expect(delivered).toEqual([0, 1, 1, 1, 1, 2]);
    expect(transport.fetches).toHaveLength(1);
    expect(transport.committed.at(-1)).toBe('orders/0@3');
    expect(kinds('failed')).toMatchObject([
      { offset: 1, attempt: 1, failures: 1 },
      { attempt: 2, failures: 2 },
      { attempt: 3, failures: 3 },
    ]);
    expect(kinds('retry-scheduled')).toMatchObject([{ delayMs: 100 }, { delayMs: 200 }, { delayMs: 400 }]);
    expect(consumer.health().partitions[0]?.blocked).toBeNull();
  });

  test('the problem of one record is not shown as that of the next', async () => {
    let failed = false;
    const { clock, transport, consumer } = await running(({ offset }) => {
      if (offset === 1) return new Promise(() => {});
      if (failed) return consumed;
      failed = true;
      throw new TypeError('once');
    });
    transport.batch(batchOf(0, 2, { epoch: 1 }));
    await clock.advance(1_000);
    expect(consumer.health().partitions[0]?.blocked).toMatchObject({ offset: 1, attempt: 1, failures: 0, lastProblem: null });
  });

  test('the first failure of a record is logged as an error with its place, later ones are folded, and nothing ends the retries', async () => {
    const { clock, transport, logs, delivered } = await running(() => {
      throw new Error('always');
    });
    transport.batch(batchOf(5, 6, { epoch: 1, fetchedFrom: 0 }));
    await clock.advance(1_500_000);
    expect(delivered.length).toBeGreaterThan(100);
    const errors = logs.filter(({ level }) => level === 'error');
    expect(errors.map(({ data }) => data['failures'])).toEqual([1, 10, 100]);
    expect(errors[0]?.data).toMatchObject({ topic: 'orders', partition: 0, offset: 5 });
    expect(transport.committed.at(-1)).toBe(undefined);
  });
});

describe('actions', () => {
  test('a skip waits for the delay that it names, a reject is terminal and logged', async () => {
    let skips = 0;
    const { clock, transport, delivered, observations, logs } = await running(({ offset }) => {
      if (offset === 0 && skips++ === 0) return skipped(5_000, 'busy');
      return offset === 1 ? rejected('too-old') : consumed;
    });
    transport.batch(batchOf(0, 3, { epoch: 1 }));
    await clock.advance(4_999);
    expect(delivered).toEqual([0]);
    await clock.advance(1);
    expect(delivered).toEqual([0, 0, 1, 2]);
    const actions = observations.filter(({ kind }) => kind === 'action');
    expect(actions).toMatchObject([
      { offset: 0, attempt: 1, action: 'skip', reason: 'busy' },
      { offset: 0, attempt: 2, action: 'consume', reason: null },
      { offset: 1, action: 'reject', reason: 'too-old' },
      { offset: 2, action: 'consume' },
    ]);
    expect(logs).toContainEqual(
      expect.objectContaining({ level: 'warn', data: expect.objectContaining({ offset: 1, reason: 'too-old' }) }),
    );
    await clock.advance(200);
    expect(transport.committed.at(-1)).toBe('orders/0@3');
  });

  test('the back-off of skips grows with every delivery of the record', async () => {
    const { clock, transport, kinds } = await running(() => skipped());
    transport.batch(batchOf(0, 1, { epoch: 1 }));
    await clock.advance(30_000);
    expect(kinds('retry-scheduled').map((observation) => (observation as { delayMs: number }).delayMs)).toEqual([
      100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000,
    ]);
  });

  test('attempt counts deliveries, failures only failures, and both start again with the next record', async () => {
    const seen: [number, number, number][] = [];
    const { clock, transport } = await running((_record, { record, attempt, failures }) => {
      seen.push([record.offset, attempt, failures]);
      if (record.offset === 0 && attempt === 1) return skipped();
      if (record.offset === 0 && attempt === 2) throw new Error('once');
      return consumed;
    });
    transport.batch(batchOf(0, 2, { epoch: 1 }));
    await clock.advance(1_000);
    expect(seen).toEqual([
      [0, 1, 0],
      [0, 2, 0],
      [0, 3, 1],
      [1, 1, 0],
    ]);
  });

  test('synchronous handlers and promises may mix, one call at a time and in order', async () => {
    const calls = pendingAnswers();
    const { clock, transport, delivered } = await running((item, context) =>
      item.offset % 2 === 0 ? calls.process(item, context) : consumed,
    );
    transport.batch(batchOf(0, 4, { epoch: 1 }));
    await clock.settle();
    expect(delivered).toEqual([0]);
    calls.calls[0]?.resolve(consumed);
    await clock.settle();
    expect(delivered).toEqual([0, 1, 2]);
    calls.calls[1]?.resolve(consumed);
    await clock.settle();
    expect(delivered).toEqual([0, 1, 2, 3]);
  });
});

describe('context', () => {
  test('has an id that is stable over redelivery, the record, the clock and a logger with the place', async () => {
    const ids: string[] = [];
    let slept = false;
    const { clock, transport, logs } = await running(async (_record, context) => {
      ids.push(context.id);
      context.logger.info({}, 'hello');
      const before = context.clock.now();
      await context.clock.sleep(500);
      slept = context.clock.now() === before + 500;
      return context.attempt === 1 ? skipped() : consumed;
    });
    transport.batch(batchOf(7, 8, { epoch: 1, fetchedFrom: 0 }));
    await clock.advance(3_000);
    expect(ids).toEqual(['orders/0/7', 'orders/0/7']);
    expect(slept).toBe(true);
    expect(logs.filter(({ message }) => message === 'hello')).toHaveLength(2);
  });

  test('a signal that is first touched after the loss is aborted already', async () => {
    const calls = pendingAnswers();
    const { clock, transport } = await running(calls.process);
    transport.batch(batchOf(0, 1, { epoch: 1 }));
    await clock.settle();
    transport.listener.lost([{ topic: 'orders', partition: 0, epoch: 1 }], new KafkaError('GROUP_FENCED', 'gone'));
    expect(calls.calls[0]?.context.signal.aborted).toBe(true);
    expect(calls.calls[0]?.context.signal.reason).toMatchObject({ code: 'PARTITION_LOST' });
  });
});

describe('deadline', () => {
  test('aborts the signal, counts as a failure, and the partition waits until the call has settled', async () => {
    const calls = pendingAnswers();
    const { clock, transport, consumer, delivered, kinds } = await running(calls.process, { handler: { deadlineMs: 1_000 } });
    transport.batch(batchOf(0, 2, { epoch: 1 }));
    await clock.advance(999);
    expect(calls.calls[0]?.context.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(calls.calls[0]?.context.signal.aborted).toBe(true);
    expect(kinds('failed')).toMatchObject([{ offset: 0, attempt: 1, failures: 1, error: { code: 'HANDLER_DEADLINE' } }]);
    await clock.advance(60_000);
    expect(delivered).toEqual([0]);
    expect(consumer.health().partitions[0]).toMatchObject({ callRunning: true, blocked: { offset: 0, lastProblem: 'HANDLER_DEADLINE' } });
    calls.calls[0]?.resolve(consumed);
    await clock.settle();
    expect(kinds('stale-result')).toMatchObject([{ offset: 0, attempt: 1 }]);
    expect(delivered).toEqual([0, 0]);
    expect(transport.committed).toEqual([]);
    calls.calls[1]?.resolve(consumed);
    await clock.advance(200);
    expect(transport.committed).toEqual(['orders/0@1']);
  });

  test('a call that goes on and on after it is told of, also where the failures of its record are not logged any more', async () => {
    const calls = pendingAnswers();
    const { clock, transport, consumer, logs } = await running(calls.process, { handler: { deadlineMs: 1_000 } });
    transport.batch(batchOf(0, 1, { epoch: 1 }));
    await clock.settle();
    calls.calls[0]?.reject(new Error('first'));
    await clock.advance(100);
    await clock.advance(10_999);
    expect(logs.filter(({ level }) => level === 'error')).toHaveLength(1);
    await clock.advance(1);
    expect(logs.at(-1)).toMatchObject({
      level: 'error',
      data: { topic: 'orders', partition: 0, offset: 0, attempt: 2, code: 'HANDLER_HUNG' },
      message: expect.stringContaining('10000 ms after its deadline. Its lane stands still'),
    });
    expect(consumer.health().partitions).toMatchObject([
      {
        callRunning: true,
        blocked: { lastProblem: 'HANDLER_DEADLINE' },
        haltedLanes: [{ offset: 0, attempt: 2, error: { code: 'HANDLER_HUNG' } }],
      },
    ]);
    calls.calls[1]?.resolve(consumed);
    await clock.settle();
    expect(consumer.health().partitions).toMatchObject([{ haltedLanes: [] }]);
    calls.calls[2]?.resolve(consumed);
    await clock.advance(60_000);
    expect(transport.committed).toEqual(['orders/0@1']);
    expect(logs.filter(({ level }) => level === 'error')).toHaveLength(2);
  });

  test.each(['it settles', 'the epoch ends'])('and not when %s before', async (how) => {
    const calls = pendingAnswers();
    const { clock, transport, logs } = await running(calls.process, { handler: { deadlineMs: 1_000 } });
    transport.batch(batchOf(0, 1, { epoch: 1 }));
    await clock.advance(2_000);
    if (how === 'it settles') {
      calls.calls[0]?.resolve(consumed);
      await clock.settle();
      calls.calls[1]?.resolve(consumed);
    } else {
      transport.listener.lost([{ topic: 'orders', partition: 0, epoch: 1 }], new KafkaError('GROUP_FENCED', 'gone'));
    }
    await clock.advance(60_000);
    expect(logs.filter(({ message }) => message.includes('stands still'))).toEqual([]);
    expect(clock.timerCount).toBe(0);
  });

  test('an answer in time leaves no timer behind', async () => {
    const { clock, transport } = await running(async () => consumed, { handler: { deadlineMs: 60_000 } });
    transport.batch(batchOf(0, 3, { epoch: 1 }));
    await clock.advance(1_000);
    expect(clock.timerCount).toBe(0);
  });
});

describe('turns of the event loop', () => {
  test('a handler that computes gives way after 10 ms, and nothing is lost', async () => {
    const { clock, transport, delivered } = await running(() => (clock.pass(3), consumed));
    const before = clock.yieldCount;
    transport.batch(batchOf(0, 40, { epoch: 1 }));
    await clock.advance(300);
    expect(delivered).toHaveLength(40);
    // 40 records of 3 ms: four a turn, ten turns.
    expect(clock.yieldCount - before).toBe(9);
  });

  test('a chain of promises that resolve at once gives way too', async () => {
    const { clock, transport, delivered } = await running(() => (clock.pass(3), Promise.resolve(consumed)));
    const before = clock.yieldCount;
    transport.batch(batchOf(0, 40, { epoch: 1 }));
    await clock.advance(300);
    expect(delivered).toHaveLength(40);
    expect(clock.yieldCount - before).toBeGreaterThanOrEqual(9);
  });

  test('partitions take turns', async () => {
    const order: number[] = [];
    const made = rig(({ partition }) => (order.push(partition), consumed));
    made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 }), assigned({ epoch: 2, partition: 1, committedOffset: 0 })];
    void made.consumer.start();
    await made.clock.settle();
    made.transport.batch(batchOf(0, 5_000, { epoch: 1 }));
    made.transport.batch(batchOf(0, 5_000, { epoch: 2, partition: 1 }));
    await made.clock.settle();
    expect(order).toHaveLength(10_000);
    expect(order.indexOf(1)).toBeLessThan(1_000);
    expect(order.lastIndexOf(0)).toBeGreaterThan(5_000);
  });
});
