import { describe, expect, test } from 'vitest';
import { KafkaError } from '../../src/errors.ts';
import type { Handler } from '../../src/handler.ts';
import { consumed, pendingAnswers, rejected, rig } from '../support/consumer-rig.ts';
import type { Process, Rig } from '../support/consumer-rig.ts';
import { ScriptedSink } from '../support/scripted-sink.ts';
import { assigned, batchOf, record } from '../support/scripted-transport.ts';

const AT = { topic: 'orders', partition: 0 };
/** Hangs 1,100 ms after its call began. */
const RETRY = { initialDelayMs: 50, maxDelayMs: 50, factor: 1, jitter: 'none' } as const;
const HUNG: Partial<Handler> = { deadlineMs: 100, hungAfterMs: 1_000, retry: RETRY };

interface Life extends Rig {
  readonly calls: ReturnType<typeof pendingAnswers>['calls'];
  readonly sink: ScriptedSink;
}

async function living(handler: Partial<Handler> = {}, process?: Process): Promise<Life> {
  const pending = pendingAnswers();
  const sink = new ScriptedSink({ immediate: false });
  const made = rig(process ?? pending.process, {
    handler: { ...HUNG, deadLetter: { topic: 'orders.dead' }, ...handler },
    topics: { orders: { partitions: 1 }, 'orders.dead': { partitions: 1 } },
    deadLetters: sink,
  });
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  await made.consumer.start();
  await made.clock.settle();
  return { ...made, calls: pending.calls, sink };
}

const lanes = ({ consumer }: Rig): unknown => consumer.health().partitions[0]?.haltedLanes;
const hung = (offset: number, attempt = 1): unknown => ({ offset, attempt, error: { code: 'HANDLER_HUNG' } });

const handOver = ({ transport }: Rig, from: number, to: number, epoch = 1): void => {
  // Two keys in turn, so that a lane that stands still has a neighbour.
  const records = Array.from({ length: to - from }, (_, index) => record(from + index, { key: Buffer.from(`k${(from + index) % 2}`) }));
  expect(transport.batch(batchOf(from, to, { epoch, records }))).toBe('accepted');
};

describe.each(['partition', 'key'] as const)('a call that hangs, in %s order', (ordering) => {
  test('halts its lane so long after its deadline, and nothing of it comes until the call settles; then it goes on', async () => {
    const life = await living({ ordering, concurrency: 10 });
    handOver(life, 0, 4);
    await life.clock.settle();
    if (ordering === 'key') life.calls.find(({ offset }) => offset === 1)?.resolve(consumed);
    await life.clock.advance(1_099);
    expect(lanes(life)).toEqual([]);
    await life.clock.advance(1);
    expect(lanes(life)).toMatchObject(ordering === 'key' ? [hung(0), hung(3)] : [hung(0)]);
    const before = life.delivered.length;
    await life.clock.advance(60_000);
    expect(life.delivered).toHaveLength(before);
    life.calls[0]?.resolve(consumed);
    await life.clock.settle();
    expect(life.kinds('lane-resumed')).toMatchObject([{ epoch: 1, offset: 0, attempt: 1, by: 'settled' }]);
    expect(life.kinds('stale-result')).toMatchObject([{ offset: 0, attempt: 1 }]);
    expect(life.delivered.at(-1)).toBe(0);
    expect(life.consumer.health().partitions).toMatchObject([{ committable: 0 }]);
  });

  test('is named by its record, with what it waits for', async () => {
    const life = await living({ ordering, concurrency: 10 });
    handOver(life, 0, 1);
    await life.clock.advance(1_100);
    const told = [...life.kinds('failed'), ...life.kinds('lane-halted')].map((each) => (each as unknown as { error: Error }).error.message);
    expect(told).toEqual([
      'The handler of orders/0/0 did not answer within 100 ms (attempt 1). Its lane waits until it does.',
      'The handler of orders/0/0 has not settled 1000 ms after its deadline. Its lane stands still until it does, or until somebody lets the lane go on.',
    ]);
  });

  test('goes on beside it when somebody wants another try', async () => {
    const life = await living({ ordering, concurrency: 10 });
    handOver(life, 0, 1);
    await life.clock.advance(1_100);
    expect(life.consumer.retryHalted({ ...AT, offset: 1 })).toBe(0);
    expect(life.consumer.retryHalted({ ...AT, offset: 0 })).toBe(1);
    await life.clock.settle();
    expect(life.kinds('lane-resumed')).toMatchObject([{ offset: 0, by: 'retry' }]);
    expect(life.kinds('overlap')).toMatchObject([{ offset: 0, attempt: 1 }]);
    expect(lanes(life)).toEqual([]);
    expect(life.consumer.health().partitions).toMatchObject([{ overlaps: 1, running: 1 }]);
    expect(life.delivered).toEqual([0, 0]);
    life.calls[1]?.resolve(consumed);
    await life.clock.settle();
    life.calls[0]?.resolve(consumed);
    await life.clock.advance(200);
    // What the overtaken call says at last changes nothing, and wakes nobody.
    expect(life.kinds('stale-result')).toHaveLength(1);
    expect(life.kinds('lane-resumed')).toHaveLength(1);
    expect(life.transport.committed).toEqual(['orders/0@1']);
  });

  test('and whose record somebody sends to the dead letters: it does not come again, and its lane goes on beside the call', async () => {
    const life = await living({ ordering, concurrency: 10 });
    handOver(life, 0, 1);
    handOver(life, 1, 3);
    await life.clock.settle();
    life.calls.find(({ offset }) => offset === 1)?.resolve(consumed);
    await life.clock.advance(1_100);
    const done = life.consumer.deadLetterHalted({ ...AT, offset: 0 });
    await life.clock.advance(500);
    expect(life.kinds('action').at(-1)).toMatchObject({ offset: 0, action: 'reject', reason: 'sent-by-hand', deadLetter: true });
    expect(life.sink.sent.map(({ letter }) => [letter.record.offset, letter.attempts, letter.failures])).toEqual([[0, 1, 1]]);
    expect(life.delivered.filter((offset) => offset === 0 || offset === 2)).toEqual([0]);
    life.sink.sent[0]?.acknowledge();
    expect(await done).toBe(true);
    await life.clock.settle();
    expect(life.delivered.filter((offset) => offset === 0)).toEqual([0]);
    expect(life.delivered.at(-1)).toBe(ordering === 'key' ? 2 : 1);
    expect(life.kinds('lane-resumed')).toMatchObject([{ offset: 0, by: 'dead-letter' }]);
    expect(lanes(life)).toEqual([]);
  });

  test('and whose record still waits for its time: sent to the dead letters, it does not come then', async () => {
    const life = await living({ ordering, concurrency: 10, retry: { ...RETRY, initialDelayMs: 60_000, maxDelayMs: 60_000 } });
    handOver(life, 0, 1);
    await life.clock.advance(1_100);
    expect(life.consumer.health().partitions).toMatchObject([{ retrying: 1 }]);
    const sent = life.consumer.deadLetterHalted({ ...AT, offset: 0 });
    expect([life.consumer.health().partitions[0]?.retrying, life.clock.timerCount]).toEqual([0, 0]);
    await life.clock.advance(30_000);
    life.sink.sent[0]?.acknowledge();
    expect(await sent).toBe(true);
    handOver(life, 1, 3);
    await life.clock.settle();
    life.calls.at(-1)?.resolve(consumed);
    await life.clock.advance(120_000);
    expect(life.delivered.filter((offset) => offset === 0)).toEqual([0]);
    expect(life.kinds('action').filter((each) => 'offset' in each && each.offset === 0)).toHaveLength(1);
  });

  test('after its record was given up already: what is asked for is that its lane goes on', async () => {
    const life = await living({ ordering, concurrency: 10, retry: { ...RETRY, maxAttempts: 1, onExhausted: 'reject' } });
    handOver(life, 0, 1);
    handOver(life, 1, 3);
    await life.clock.settle();
    await life.clock.advance(100);
    life.sink.sent.find(({ letter }) => letter.record.offset === 0)?.acknowledge();
    life.calls.find(({ offset }) => offset === 1)?.resolve(consumed);
    await life.clock.advance(1_000);
    expect(lanes(life)).toContainEqual(expect.objectContaining({ offset: 0 }));
    expect(await life.consumer.deadLetterHalted({ ...AT, offset: 0 })).toBe(true);
    await life.clock.settle();
    expect(life.sink.sent.filter(({ letter }) => letter.record.offset === 0)).toHaveLength(1);
    expect(life.delivered.filter((offset) => offset === 0)).toEqual([0]);
    expect(life.delivered.at(-1)).toBe(ordering === 'key' ? 2 : 1);
  });

  test('with a record that is halted for itself: who decides about the record has not decided to overlap', async () => {
    const life = await living({ ordering, concurrency: 10, retry: { ...RETRY, maxAttempts: 1, onExhausted: 'halt' } });
    handOver(life, 0, 1);
    await life.clock.advance(1_100);
    expect(lanes(life)).toMatchObject([{ offset: 0, error: { code: 'RECORD_EXHAUSTED' } }, hung(0)]);
    expect(life.consumer.retryHalted({ ...AT, offset: 0 })).toBe(1);
    await life.clock.advance(10_000);
    expect(life.delivered).toEqual([0]);
    expect(lanes(life)).toMatchObject([hung(0)]);
    expect(life.consumer.retryHalted({ ...AT, offset: 0 })).toBe(1);
    await life.clock.settle();
    expect(life.delivered).toEqual([0, 0]);
  });

  test('in an epoch that is over halts the lane of the next one, which can be let go on', async () => {
    const life = await living({ ordering, concurrency: 10 });
    handOver(life, 0, 1);
    await life.clock.advance(50);
    life.transport.listener.lost([{ ...AT, epoch: 1 }], new KafkaError('GROUP_FENCED', 'gone'));
    await life.clock.advance(50);
    life.transport.assign([assigned({ epoch: 2, committedOffset: 0 })]);
    await life.clock.settle();
    handOver(life, 0, 1, 2);
    await life.clock.advance(999);
    expect([life.delivered, lanes(life)]).toEqual([[0], []]);
    await life.clock.advance(1);
    expect(lanes(life)).toMatchObject([hung(0)]);
    expect(life.kinds('lane-halted')).toMatchObject([{ epoch: 2, offset: 0, error: { code: 'HANDLER_HUNG' } }]);
    // The record was not delivered in this epoch, so there is nothing to reject.
    expect(await life.consumer.deadLetterHalted({ ...AT, offset: 0 })).toBe(false);
    expect(life.consumer.retryHalted(AT)).toBe(1);
    await life.clock.settle();
    expect(life.delivered).toEqual([0, 0]);
    expect(life.kinds('overlap')).toMatchObject([{ epoch: 2, offset: 0 }]);
    life.calls[0]?.resolve(rejected('too-late'));
    life.calls[1]?.resolve(consumed);
    await life.clock.advance(200);
    expect(life.kinds('stale-result')).toMatchObject([{ epoch: 1, offset: 0, attempt: 1 }]);
    expect([life.sink.sent, life.transport.committed]).toEqual([[], ['orders/0@1']]);
  });

  test('already when its epoch ends is told of in the next one, and in the one after', async () => {
    const life = await living({ ordering, concurrency: 10 });
    handOver(life, 0, 1);
    await life.clock.advance(2_000);
    for (const epoch of [2, 3]) {
      life.transport.assign([assigned({ epoch, committedOffset: 0 })]);
      await life.clock.advance(10);
      expect(lanes(life)).toMatchObject([hung(0)]);
    }
    expect(life.kinds('lane-halted')).toMatchObject([{ epoch: 1 }, { epoch: 2 }, { epoch: 3 }]);
    handOver(life, 0, 1, 3);
    life.calls[0]?.resolve(consumed);
    await life.clock.settle();
    expect(life.kinds('lane-resumed')).toMatchObject([{ epoch: 3, offset: 0, by: 'settled' }]);
    expect(life.delivered).toEqual([0, 0]);
    expect(lanes(life)).toEqual([]);
  });

  test('and settles just when the next epoch begins halts nothing there', async () => {
    const life = await living({ ordering, concurrency: 10 });
    handOver(life, 0, 1);
    await life.clock.advance(2_000);
    life.transport.assign([assigned({ epoch: 2, committedOffset: 0 })]);
    expect(lanes(life)).toEqual([]);
    life.calls[0]?.resolve(consumed);
    await life.clock.advance(10_000);
    expect(life.kinds('lane-halted')).toMatchObject([{ epoch: 1 }]);
    expect(life.kinds('lane-resumed')).toEqual([]);
  });

  test('without a deadline is nobody’s business, in no epoch', async () => {
    const life = await living({ ordering, concurrency: 10, deadlineMs: null });
    handOver(life, 0, 1);
    await life.clock.advance(1_000);
    life.transport.assign([assigned({ epoch: 2, committedOffset: 0 })]);
    await life.clock.settle();
    handOver(life, 0, 1, 2);
    await life.clock.advance(3_600_000);
    expect([lanes(life), life.delivered, life.clock.timerCount]).toEqual([[], [0], 0]);
    life.calls[0]?.resolve(consumed);
    await life.clock.settle();
    expect(life.delivered).toEqual([0, 0]);
  });

  test('is given up with its consumer: nothing is left behind', async () => {
    const life = await living({ ordering, concurrency: 10 });
    handOver(life, 0, 2);
    await life.clock.advance(1_100);
    const stopping = life.consumer.stop({ deadlineMs: 5_000 });
    await life.clock.advance(10_000);
    expect((await stopping).open).toMatchObject([{ from: 0, to: 2, reason: 'running' }]);
    expect(life.clock.timerCount).toBe(0);
    expect(life.consumer.retryHalted(AT)).toBe(0);
    expect(await life.consumer.deadLetterHalted({ ...AT, offset: 0 })).toBe(false);
  });
});

describe('onHung: overlap', () => {
  test('lets the lane go on beside ten calls that hang; the next one halts it', async () => {
    const life = await living({ onHung: 'overlap' });
    handOver(life, 0, 1);
    await life.clock.advance(10 * 1_100 + 50);
    expect(life.delivered).toHaveLength(11);
    expect(life.kinds('overlap')).toMatchObject(Array.from({ length: 10 }, (_, index) => ({ offset: 0, attempt: index + 1 })));
    expect(life.kinds('lane-halted')).toEqual([]);
    await life.clock.advance(60_000);
    expect(life.delivered).toHaveLength(11);
    expect(lanes(life)).toMatchObject([hung(0, 11)]);
    expect(life.consumer.health().partitions).toMatchObject([{ overlaps: 10 }]);
    life.calls[10]?.resolve(consumed);
    await life.clock.settle();
    expect(life.delivered).toHaveLength(12);
  });

  test('gives its place at the gate back, once', async () => {
    const life = await living({ ordering: 'unordered', concurrency: 1, onHung: 'overlap' });
    handOver(life, 0, 2);
    await life.clock.advance(1_050);
    expect(life.delivered).toEqual([0]);
    await life.clock.advance(50);
    expect(life.delivered).toEqual([0, 1]);
    life.calls[0]?.resolve(consumed);
    await life.clock.settle();
    // The first call gave its place back when it was overtaken.
    expect(life.delivered).toEqual([0, 1]);
    life.calls[1]?.resolve(consumed);
    await life.clock.settle();
    expect(life.delivered).toEqual([0, 1, 0]);
  });

  test('counts for a call of an earlier epoch as well', async () => {
    const life = await living({ onHung: 'overlap' });
    handOver(life, 0, 1);
    await life.clock.advance(10);
    life.transport.assign([assigned({ epoch: 2, committedOffset: 0 })]);
    await life.clock.settle();
    handOver(life, 0, 1, 2);
    await life.clock.advance(1_090);
    expect(life.delivered).toEqual([0, 0]);
    expect(life.kinds('overlap')).toMatchObject([{ epoch: 2, offset: 0, attempt: 1 }]);
  });
});

test('a call with which the handler itself ended the epoch is not believed, however it is answered', async () => {
  const late: { settle(): void }[] = [];
  const made: Life = await living({}, (item) => {
    made.transport.listener.lost([{ ...AT, epoch: 1 }], new KafkaError('GROUP_FENCED', 'gone'));
    return new Promise((resolve) => late.push({ settle: () => resolve(item.offset === 0 ? rejected('bad') : consumed) }));
  });
  handOver(made, 0, 1);
  await made.clock.settle();
  expect(made.clock.timerCount).toBe(0);
  late[0]?.settle();
  await made.clock.advance(1_000);
  expect(made.kinds('action')).toEqual([]);
  expect(made.kinds('stale-result')).toMatchObject([{ epoch: 1, offset: 0, attempt: 1 }]);
  expect(made.sink.sent).toEqual([]);
});

test('a lane that goes on beside a hung call by itself says so in the log', async () => {
  const life = await living({ ordering: 'key', concurrency: 10, onHung: 'overlap' });
  handOver(life, 0, 2);
  await life.clock.advance(1_150);
  const lines = life.logs.filter(({ data }) => data.event === 'call-overtaken');
  expect(lines).toMatchObject([{ level: 'error', data: { topic: 'orders', partition: 0, offset: 0, attempt: 1, overdueMs: 1_000 } }]);
  expect(life.kinds('overlap')).toMatchObject([{ offset: 0 }, { offset: 1 }]);
});

test('a revocation waits for a call no longer than until its deadline, when it does not count any more', async () => {
  const life = await living();
  handOver(life, 0, 1);
  await life.clock.settle();
  let isOver = false;
  void life.transport.listener.revoked([{ ...AT, epoch: 1 }], { graceMs: 60_000 }).then(() => (isOver = true));
  await life.clock.advance(99);
  expect(isOver).toBe(false);
  await life.clock.advance(1);
  expect(isOver).toBe(true);
});

test('a revocation and a stop wait for every call that runs, not for the first that answers', async () => {
  for (const end of ['revoke', 'stop'] as const) {
    const life = await living({ ordering: 'key', concurrency: 10, deadlineMs: null });
    handOver(life, 0, 2);
    await life.clock.settle();
    let isOver = false;
    const ending: Promise<unknown> =
      end === 'stop' ? life.consumer.stop() : life.transport.listener.revoked([{ ...AT, epoch: 1 }], { graceMs: 20_000 });
    void ending.then(() => (isOver = true));
    await life.clock.advance(10);
    life.calls[0]?.resolve(consumed);
    await life.clock.advance(1_000);
    expect([end, isOver]).toEqual([end, false]);
    life.calls[1]?.resolve(consumed);
    await life.clock.settle();
    expect([end, isOver]).toEqual([end, true]);
    expect(life.transport.committed.at(-1)).toBe('orders/0@2');
  }
});

test('a call that hangs is shown with the failures of its record, those before it and its own', async () => {
  const process: Process = (_record, { attempt }) => {
    if (attempt === 1) throw new Error('broken');
    return new Promise(() => {});
  };
  const life = await living({ ordering: 'key', concurrency: 10 }, process);
  handOver(life, 0, 1);
  await life.clock.advance(1_200);
  expect(lanes(life)).toMatchObject([{ offset: 0, attempt: 2, failures: 2 }]);
});

describe('a decision about one of several', () => {
  const unordered = { ordering: 'unordered', concurrency: 10 } as const;

  test('calls that hang is about that one', async () => {
    const life = await living(unordered);
    handOver(life, 0, 3);
    await life.clock.advance(1_100);
    expect(lanes(life)).toMatchObject([hung(0), hung(1), hung(2)]);
    void life.consumer.deadLetterHalted({ ...AT, offset: 1 });
    await life.clock.settle();
    expect(life.sink.sent.map(({ letter }) => letter.record.offset)).toEqual([1]);
    expect(life.kinds('overlap')).toMatchObject([{ offset: 1 }]);
    expect(life.consumer.retryHalted({ ...AT, offset: 2 })).toBe(1);
    await life.clock.settle();
    expect(life.kinds('overlap')).toMatchObject([{ offset: 1 }, { offset: 2 }]);
    expect(lanes(life)).toMatchObject([hung(0)]);
  });

  test('records of a batch that hangs is about that record, and about the whole call', async () => {
    const batch = { maxRecords: 2, maxBytes: 1_000_000, lingerMs: 0 };
    const never = (): Promise<never> => new Promise(() => {});
    const life = await living({ ...unordered, batch, processBatch: never });
    handOver(life, 0, 4);
    await life.clock.advance(1_100);
    expect(lanes(life)).toMatchObject([hung(0), hung(1), hung(2), hung(3)]);
    void life.consumer.deadLetterHalted({ ...AT, offset: 1 });
    await life.clock.settle();
    expect(life.sink.sent.map(({ letter }) => letter.record.offset)).toEqual([1]);
    expect(life.kinds('lane-resumed')).toMatchObject([{ offset: 0 }, { offset: 1 }]);
    expect(life.consumer.retryHalted({ ...AT, offset: 3 })).toBe(1);
    expect(life.kinds('lane-resumed')).toMatchObject([{ offset: 0 }, { offset: 1 }, { offset: 2 }, { offset: 3 }]);
  });

  test('that stand still for different reasons: without an offset all of them go on', async () => {
    const life = await living({ ordering: 'key', concurrency: 10, retry: { ...RETRY, maxAttempts: 1, onExhausted: 'halt' } });
    handOver(life, 0, 2);
    await life.clock.settle();
    life.calls[0]?.reject(new Error('broken'));
    await life.clock.advance(1_100);
    expect(lanes(life)).toMatchObject([
      { offset: 0, error: { code: 'RECORD_EXHAUSTED' } },
      { offset: 1, error: { code: 'RECORD_EXHAUSTED' } },
      { offset: 1, error: { code: 'HANDLER_HUNG' } },
    ]);
    expect(life.consumer.retryHalted(AT)).toBe(3);
    await life.clock.settle();
    expect(life.kinds('overlap')).toMatchObject([{ offset: 1 }]);
    expect(life.calls.filter(({ offset }) => offset === 0)).toHaveLength(2);
  });
});
