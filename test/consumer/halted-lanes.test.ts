import { describe, expect, test } from 'vitest';
import { KafkaError } from '../../src/errors.ts';
import type { Handler } from '../../src/handler.ts';
import type { Observation } from '../../src/observation.ts';
import { consumed, rejected, rig, skipped } from '../support/consumer-rig.ts';
import type { Process, Rig } from '../support/consumer-rig.ts';
import { ScriptedSink } from '../support/scripted-sink.ts';
import { assigned, batchOf, record } from '../support/scripted-transport.ts';

const AT = { topic: 'orders', partition: 0 };
const RETRY = { initialDelayMs: 50, maxDelayMs: 50, factor: 1, jitter: 'none' } as const;

interface Life extends Rig {
  readonly sink: ScriptedSink;
  /** Offsets for which the handler throws. */
  readonly bad: Set<number>;
}

async function living(handler: Partial<Handler> = {}, process?: Process): Promise<Life> {
  const bad = new Set<number>();
  const sink = new ScriptedSink({ immediate: false });
  const failing: Process = ({ offset }) => {
    if (bad.has(offset)) throw new TypeError('broken');
    return consumed;
  };
  const made = rig(process ?? failing, {
    handler: { retry: { ...RETRY, maxAttempts: 2, onExhausted: 'halt' }, deadLetter: { topic: 'orders.dead' }, ...handler },
    topics: { orders: { partitions: 1 }, 'orders.dead': { partitions: 1 } },
    deadLetters: sink,
  });
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  await made.consumer.start();
  await made.clock.settle();
  return { ...made, sink, bad };
}

const lanes = ({ consumer }: Rig): unknown => consumer.health().partitions[0]?.haltedLanes;
const exhausted = (offset: number, attempt = 2): unknown => ({ offset, attempt, failures: 2, error: { code: 'RECORD_EXHAUSTED' } });
const keyed = (offset: number, key: string): ReturnType<typeof record> => record(offset, { key: Buffer.from(key) });

describe.each(['partition', 'key', 'unordered'] as const)('a record that is exhausted halts its lane in %s order', (ordering) => {
  async function halted(): Promise<Life> {
    const life = await living({ ordering, concurrency: 5 });
    life.bad.add(0);
    life.transport.batch(batchOf(0, 3, { epoch: 1, records: [keyed(0, 'a'), keyed(1, 'a'), keyed(2, 'b')] }));
    await life.clock.advance(60_000);
    return life;
  }
  /** Who goes on meanwhile. */
  const others = { partition: [], key: [2], unordered: [1, 2] }[ordering];

  test('and nothing else; it comes no more, and health says why', async () => {
    const life = await halted();
    expect(life.delivered.toSorted()).toEqual([0, 0, ...others]);
    expect(lanes(life)).toMatchObject([exhausted(0)]);
    expect(life.consumer.health().partitions).toMatchObject([
      { committable: 0, retrying: 0, running: 0, blocked: { offset: 0, nextAttemptAt: null } },
    ]);
    const [observed] = life.kinds('lane-halted') as Extract<Observation, { kind: 'lane-halted' }>[];
    expect(observed).toMatchObject({ ...AT, epoch: 1, offset: 0, attempt: 2 });
    expect(observed?.error.message).toMatch(/^orders\/0\/0: the record failed 2 times, and its handler halts then\./);
    expect(observed?.error).toMatchObject({ cause: { message: 'broken' }, details: { reason: 'retries-exhausted' } });
    expect(life.clock.timerCount).toBe(0);
  });

  test('until somebody wants another try: a full round of attempts, and then it halts again', async () => {
    const life = await halted();
    expect(life.consumer.retryHalted({ ...AT, offset: 1 })).toBe(0);
    expect(life.consumer.retryHalted({ topic: 'orders', partition: 1 })).toBe(0);
    expect(() => life.consumer.retryHalted({ topic: 'orders', partition: 0.5 })).toThrow(
      'partition is 0.5, expected a whole number from 0.',
    );
    expect(() => life.consumer.retryHalted({ ...AT, offset: -1 })).toThrow('offset is -1, expected a whole number from 0.');
    expect(life.consumer.retryHalted({ ...AT, offset: 0 })).toBe(1);
    expect(lanes(life)).toEqual([]);
    await life.clock.advance(60_000);
    expect(life.delivered.filter((offset) => offset === 0)).toHaveLength(4);
    expect(lanes(life)).toMatchObject([exhausted(0, 4)]);
    life.bad.clear();
    expect(life.consumer.retryHalted(AT)).toBe(1);
    await life.clock.advance(200);
    expect(life.transport.committed.at(-1)).toBe('orders/0@3');
    expect(life.kinds('lane-resumed')).toMatchObject([{ offset: 0, attempt: 2, by: 'retry' }, { offset: 0, attempt: 4, by: 'retry' }]); // prettier-ignore
  });

  test('until somebody sends it to the dead letters: what waits comes once that is acknowledged', async () => {
    const life = await halted();
    expect(await life.consumer.deadLetterHalted({ ...AT, offset: 1 })).toBe(false);
    expect(await life.consumer.deadLetterHalted({ ...AT, partition: 1, offset: 0 })).toBe(false);
    await expect(life.consumer.deadLetterHalted({ ...AT, topic: 'ordres', offset: 0 })).rejects.toMatchObject({ code: 'HANDLER_MISSING' });
    const done = life.consumer.deadLetterHalted({ ...AT, offset: 0 });
    await life.clock.advance(10_000);
    expect(life.delivered.toSorted()).toEqual([0, 0, ...others]);
    expect(life.sink.sent.map(({ letter }) => [letter.record.offset, letter.reason, letter.attempts, letter.failures])).toEqual([
      [0, 'sent-by-hand', 2, 2],
    ]);
    expect(life.sink.sent[0]?.letter.cause).toMatchObject({ code: 'RECORD_EXHAUSTED' });
    life.sink.sent[0]?.acknowledge();
    expect(await done).toBe(true);
    await life.clock.advance(200);
    expect(life.kinds('lane-resumed')).toMatchObject([{ epoch: 1, offset: 0, attempt: 2, by: 'dead-letter' }]);
    expect(life.delivered.toSorted()).toEqual([0, 0, 1, 2]);
    expect(life.transport.committed.at(-1)).toBe('orders/0@3');
    expect(await life.consumer.deadLetterHalted({ ...AT, offset: 0 })).toBe(false);
  });

  test('until its epoch is over: the next one begins anew', async () => {
    const life = await halted();
    const done = life.consumer.deadLetterHalted({ ...AT, offset: 0 });
    await life.clock.settle();
    life.transport.listener.lost([{ ...AT, epoch: 1 }], new KafkaError('GROUP_FENCED', 'gone'));
    expect(await done).toBe(true);
    expect(life.consumer.retryHalted(AT)).toBe(0);
    life.sink.sent[0]?.acknowledge();
    life.transport.assign([assigned({ epoch: 2, committedOffset: 0 })]);
    await life.clock.settle();
    life.transport.batch(batchOf(0, 1, { epoch: 2 }));
    await life.clock.advance(50);
    expect(life.kinds('delivered').filter((each) => (each as { epoch: number }).epoch === 2)).toMatchObject([{ attempt: 1 }, { attempt: 2 }]); // prettier-ignore
    expect(lanes(life)).toMatchObject([exhausted(0)]);
  });
});

describe('a dead letter that cannot be written', () => {
  test('halts the lane of a record that was rejected, until it is tried again or sent again', async () => {
    const life = await living({ ordering: 'key', concurrency: 5 }, () => rejected('bad'));
    life.transport.batch(batchOf(0, 2, { epoch: 1, records: [keyed(0, 'a'), keyed(1, 'a')] }));
    await life.clock.settle();
    life.sink.sent[0]?.fail(false);
    await life.clock.advance(60_000);
    expect(lanes(life)).toMatchObject([{ offset: 0, attempt: 1, failures: 0, error: { code: 'PRODUCE_FAILED' } }]);
    expect(life.consumer.health().partitions).toMatchObject([{ blocked: { offset: 0, lastProblem: 'PRODUCE_FAILED' } }]);
    expect(life.sink.sent).toHaveLength(1);
    const again = life.consumer.deadLetterHalted({ ...AT, offset: 0 });
    life.sink.sent[1]?.fail(false);
    expect(await again).toBe(true);
    expect(lanes(life)).toMatchObject([{ offset: 0, error: { code: 'PRODUCE_FAILED' } }]);
    life.consumer.retryHalted(AT);
    await life.clock.settle();
    for (const sent of life.sink.sent) sent.acknowledge();
    await life.clock.settle();
    for (const sent of life.sink.sent) sent.acknowledge();
    await life.clock.advance(200);
    expect(life.transport.committed.at(-1)).toBe('orders/0@2');
  });

  test('just now is sent again, at a growing distance, and the record stays open until it is acknowledged', async () => {
    const life = await living({}, () => rejected('bad'));
    life.transport.batch(batchOf(0, 1, { epoch: 1 }));
    const sentAt: number[] = [];
    for (let turn = 0; turn < 12; turn++) {
      await life.clock.settle();
      while (sentAt.length < life.sink.sent.length) sentAt.push(life.clock.now() - 1_000_000);
      life.sink.sent.at(-1)?.fail(true);
      await life.clock.settle();
      const before = life.sink.sent.length;
      while (life.sink.sent.length === before) await life.clock.advance(100);
    }
    expect(sentAt.slice(1).map((at, index) => at - (sentAt[index] as number))).toEqual([
      100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000,
    ]);
    expect(life.transport.committed).toEqual([]);
    life.sink.sent.at(-1)?.acknowledge();
    await life.clock.advance(200);
    expect(life.transport.committed).toEqual(['orders/0@1']);
    expect(life.delivered).toEqual([0]);
  });
});

test('a record that is sent by hand is done when its own letter is, however many others are on their way', async () => {
  const life = await living({ ordering: 'unordered', concurrency: 5 }, ({ offset }) => {
    if (offset === 0) throw new TypeError('broken');
    return rejected('bad');
  });
  life.transport.batch(batchOf(0, 2, { epoch: 1 }));
  await life.clock.advance(1_000);
  const done = life.consumer.deadLetterHalted({ ...AT, offset: 0 });
  life.sink.sent.find(({ letter }) => letter.record.offset === 0)?.acknowledge();
  await life.clock.settle();
  expect(await Promise.race([done, life.clock.settle().then(() => 'still waits')])).toBe(true);
});

test('a record that was skipped too often says so', async () => {
  const life = await living({ retry: { ...RETRY, maxSkips: 2, onExhausted: 'halt' } }, () => skipped(undefined, 'busy'));
  life.transport.batch(batchOf(0, 1, { epoch: 1 }));
  await life.clock.advance(1_000);
  expect(lanes(life)).toMatchObject([{ offset: 0, attempt: 3, failures: 0 }]);
  expect((lanes(life) as { error: { message: string } }[])[0]?.error.message).toContain('orders/0/0: the record was skipped 3 times');
  life.consumer.retryHalted(AT);
  await life.clock.advance(1_000);
  expect(life.delivered).toHaveLength(6);
});

test('health shows the lowest hundred of the lanes that are halted, and all go on at once', async () => {
  const life = await living({ ordering: 'unordered', concurrency: 200, retry: { ...RETRY, maxAttempts: 1, onExhausted: 'halt' } });
  for (let offset = 0; offset < 150; offset++) life.bad.add(offset);
  life.transport.batch(batchOf(0, 150, { epoch: 1 }));
  await life.clock.settle();
  expect((lanes(life) as { offset: number }[]).map(({ offset }) => offset)).toEqual(Array.from({ length: 100 }, (_, offset) => offset));
  life.bad.clear();
  expect(life.consumer.retryHalted(AT)).toBe(150);
  await life.clock.advance(200);
  expect(life.transport.committed.at(-1)).toBe('orders/0@150');
});

test('health shows halted lanes by offset, whichever was halted first', async () => {
  const life = await living({ ordering: 'unordered', concurrency: 5 }, ({ offset }, { attempt }) => {
    if (offset === 0 && attempt === 1) return skipped(500);
    throw new TypeError('broken');
  });
  life.transport.batch(batchOf(0, 3, { epoch: 1 }));
  await life.clock.advance(5_000);
  expect(life.kinds('lane-halted')).toMatchObject([{ offset: 1 }, { offset: 2 }, { offset: 0 }]);
  expect(lanes(life)).toMatchObject([{ offset: 0 }, { offset: 1 }, { offset: 2 }]);
});

test('a batch that is exhausted halts each of its records, and each goes on by itself', async () => {
  const life = await living({
    ordering: 'unordered',
    concurrency: 5,
    batch: { maxRecords: 3, maxBytes: 1_000, lingerMs: 0 },
    processBatch: async (contexts) =>
      contexts.map(({ record: { offset } }) => (life.bad.has(offset) ? { type: 'failed', error: new TypeError('broken') } : consumed)),
  });
  for (const offset of [0, 2]) life.bad.add(offset);
  life.transport.batch(batchOf(0, 3, { epoch: 1 }));
  await life.clock.advance(1_000);
  expect(lanes(life)).toMatchObject([exhausted(0), exhausted(2)]);
  life.bad.clear();
  expect(life.consumer.retryHalted({ ...AT, offset: 2 })).toBe(1);
  await life.clock.advance(200);
  expect(lanes(life)).toMatchObject([exhausted(0)]);
  const done = life.consumer.deadLetterHalted({ ...AT, offset: 0 });
  life.sink.sent[0]?.acknowledge();
  await done;
  await life.clock.advance(200);
  expect(life.transport.committed.at(-1)).toBe('orders/0@3');
});

test('without dead letters there is no place to send to', async () => {
  const life = await living({ deadLetter: null });
  await expect(life.consumer.deadLetterHalted({ ...AT, offset: 0 })).rejects.toMatchObject({ code: 'HANDLER_INVALID' });
});

describe('a stop', () => {
  test('waits for dead letters on their way, so that their records are not rejected again', async () => {
    const life = await living({}, () => rejected('bad'));
    life.transport.batch(batchOf(0, 2, { epoch: 1 }));
    await life.clock.settle();
    const stopping = life.consumer.stop({ deadlineMs: 5_000 });
    await life.clock.advance(1_000);
    expect(life.consumer.state).toBe('stopping');
    life.sink.sent[0]?.acknowledge();
    await life.clock.settle();
    expect((await stopping).open).toMatchObject([{ from: 1, to: 2, records: 1, reason: 'queued' }]);
    expect(life.transport.committed).toEqual(['orders/0@1']);
    expect(life.sink.sent).toHaveLength(1);
  });

  test('waits for them no longer than its deadline', async () => {
    const life = await living({}, () => rejected('bad'));
    life.transport.batch(batchOf(0, 1, { epoch: 1 }));
    await life.clock.settle();
    const stopping = life.consumer.stop({ deadlineMs: 5_000 });
    await life.clock.advance(5_000);
    expect((await stopping).open).toMatchObject([{ from: 0, to: 1 }]);
    expect([life.transport.committed, life.clock.timerCount]).toEqual([[], 0]);
  });
});

describe('a revocation with a grace', () => {
  test('waits for dead letters on their way, and commits what they make terminal', async () => {
    const life = await living({}, () => rejected('bad'));
    life.transport.batch(batchOf(0, 1, { epoch: 1 }));
    await life.clock.settle();
    const revoked = life.transport.listener.revoked([{ ...AT, epoch: 1 }], { graceMs: 10_000 });
    await life.clock.advance(3_000);
    life.sink.sent[0]?.acknowledge();
    await life.clock.settle();
    await revoked;
    expect(life.transport.committed).toEqual(['orders/0@1']);
  });

  test('does not believe one that is acknowledged after it', async () => {
    const life = await living({}, () => rejected('bad'));
    life.transport.batch(batchOf(0, 1, { epoch: 1 }));
    await life.clock.settle();
    void life.transport.listener.revoked([{ ...AT, epoch: 1 }], { graceMs: 1_000 });
    await life.clock.advance(1_000);
    life.sink.sent[0]?.acknowledge();
    await life.clock.advance(1_000);
    expect(life.kinds('dead-lettered')).toMatchObject([{ epoch: 1, offset: 0 }]);
    expect([life.transport.committed, life.clock.timerCount]).toEqual([[], 0]);
  });
});

test('a record that was given another try and is exhausted once more is told of once more', async () => {
  const answers = ['throws', 'is rejected', 'throws'];
  const retry = { ...RETRY, maxAttempts: 1, onExhausted: 'continue' } as const;
  const life = await living({ ordering: 'key', concurrency: 5, retry }, () => {
    if (answers.shift() === 'throws') throw new TypeError('broken');
    return answers.length === 1 ? rejected('bad') : consumed;
  });
  const told = (): unknown => life.logs.filter(({ data }) => data.event === 'record-exhausted').map(({ data }) => data.attempt);
  life.transport.batch(batchOf(0, 1, { epoch: 1 }));
  await life.clock.advance(100);
  expect(told()).toEqual([1]);
  life.sink.sent[0]?.fail(false);
  await life.clock.advance(60_000);
  expect(lanes(life)).toMatchObject([{ offset: 0, attempt: 2, error: { code: 'PRODUCE_FAILED' } }]);
  expect(life.consumer.retryHalted(AT)).toBe(1);
  await life.clock.advance(100);
  expect(told()).toEqual([1, 3]);
  expect(life.transport.committed.at(-1)).toBe('orders/0@1');
});
