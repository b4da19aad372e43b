import { describe, expect, test } from 'vitest';
import type { Action } from '../../src/action.ts';
import type { BackOff, Handler, RetryLimits } from '../../src/handler.ts';
import type { KafkaRecord } from '../../src/record.ts';
import { consumed, rejected, rig, skipped } from '../support/consumer-rig.ts';
import type { Rig } from '../support/consumer-rig.ts';
import { ScriptedSink } from '../support/scripted-sink.ts';
import { assigned, batchOf } from '../support/scripted-transport.ts';

const BACK_OFF: BackOff & RetryLimits = { initialDelayMs: 100, maxDelayMs: 400, factor: 2, jitter: 'none' };
const START = 1_000_000;

/** What the handler does with a delivery: an action, or an error that it throws. */
type Answer = (record: KafkaRecord, attempt: number) => Action | Error;

interface Life extends Rig {
  readonly sink: ScriptedSink;
  /** When record 0 was delivered, in milliseconds since the start. */
  readonly deliveredAt: () => readonly number[];
  readonly reasons: () => readonly (string | null)[];
}

const MODES = ['partition', 'key', 'unordered', 'batch', 'asynchronous'] as const;

async function living(mode: (typeof MODES)[number], retry: RetryLimits, answer: Answer, random: number = 0.3): Promise<Life> {
  const sink = new ScriptedSink({ immediate: true });
  const answerOf = (record: KafkaRecord, attempt: number): Action => {
    const given = answer(record, attempt);
    if (given instanceof Error) throw given;
    return given;
  };
  const handler: Partial<Handler> = {
    retry: { ...BACK_OFF, ...retry },
    ordering: mode === 'batch' || mode === 'asynchronous' ? 'unordered' : mode,
    concurrency: 10,
    deadLetter: { topic: 'orders.dead' },
  };
  const batch: Partial<Handler> = {
    batch: { maxRecords: 10, maxBytes: 1_000_000, lingerMs: 0 },
    processBatch: async (contexts) =>
      contexts.map(({ record, attempt }) => {
        const given = answer(record, attempt);
        return given instanceof Error ? { type: 'failed', error: given } : given;
      }),
  };
  const process = (record: KafkaRecord, { attempt }: { readonly attempt: number }): Action => answerOf(record, attempt);
  const later = async (record: KafkaRecord, { attempt }: { readonly attempt: number }): Promise<Action> => answerOf(record, attempt);
  const made = rig(mode === 'asynchronous' ? later : process, {
    handler: mode === 'batch' ? { ...handler, ...batch } : handler,
    topics: { orders: { partitions: 1 }, 'orders.dead': { partitions: 1 } },
    deadLetters: sink,
    random,
  });
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  await made.consumer.start();
  await made.clock.settle();
  made.transport.batch(batchOf(0, 2, { epoch: 1 }));
  return {
    ...made,
    sink,
    deliveredAt: () => made.kinds('delivered').flatMap((each) => ('offset' in each && each.offset === 0 ? [each.at - START] : [])),
    reasons: () => made.kinds('action').flatMap((each) => (each.kind === 'action' && each.offset === 0 ? [each.reason] : [])),
  };
}

const broken = new TypeError('broken');
const onFirst =
  (answer: Action | Error): Answer =>
  (record) =>
    record.offset === 0 ? answer : consumed;

describe.each(MODES)('in mode %s', (mode) => {
  test('maxAttempts counts failures: the last of them rejects the record, with its dead letter before the commit', async () => {
    const life = await living(mode, { maxAttempts: 3, onExhausted: 'reject' }, onFirst(broken));
    await life.clock.advance(10_000);
    expect(life.deliveredAt()).toEqual([0, 100, 300]);
    expect(life.reasons()).toEqual(['retries-exhausted']);
    expect(life.sink.sent.map(({ letter }) => letter)).toMatchObject([
      { record: { offset: 0 }, reason: 'retries-exhausted', cause: broken, attempts: 3, failures: 3 },
    ]);
    expect(life.transport.committed.at(-1)).toBe('orders/0@2');
  });

  test('a Skip is no attempt', async () => {
    const answer: Answer = ({ offset }, attempt) => (offset === 1 ? consumed : attempt % 2 === 1 ? skipped(10) : broken);
    const life = await living(mode, { maxAttempts: 2, onExhausted: 'reject' }, answer);
    await life.clock.advance(10_000);
    expect(life.kinds('failed')).toMatchObject([{ attempt: 2, failures: 1 }, { attempt: 4, failures: 2 }]); // prettier-ignore
    expect(life.reasons()).toEqual([null, null, 'retries-exhausted']);
  });

  test('maxElapsedMs counts from the first failure: the first one so long after it exhausts', async () => {
    const life = await living(mode, { maxElapsedMs: 700, onExhausted: 'reject' }, onFirst(broken));
    await life.clock.advance(10_000);
    expect(life.deliveredAt()).toEqual([0, 100, 300, 700]);
    expect(life.reasons()).toEqual(['retries-exhausted']);
  });

  test('maxElapsedMs is not counted from a Skip before', async () => {
    const answer: Answer = ({ offset }, attempt) => (offset === 1 ? consumed : attempt === 1 ? skipped(5_000) : broken);
    const life = await living(mode, { maxElapsedMs: 400, onExhausted: 'reject' }, answer);
    await life.clock.advance(20_000);
    expect(life.deliveredAt()).toEqual([0, 5_000, 5_200, 5_600]);
  });

  test('retryIf says no: exhausted at once', async () => {
    const life = await living(mode, { retryIf: (error) => !(error instanceof TypeError), onExhausted: 'reject' }, onFirst(broken));
    await life.clock.advance(10_000);
    expect([life.deliveredAt(), life.reasons()]).toEqual([[0], ['retries-exhausted']]);
  });

  test.each<[string, (error: unknown) => boolean]>([
    ['says yes', (error) => error === broken],
    [
      'throws',
      () => {
        throw new Error('a predicate of theirs');
      },
    ],
  ])('retryIf %s: it is tried again', async (_how, retryIf) => {
    const life = await living(mode, { retryIf, onExhausted: 'reject' }, onFirst(broken));
    await life.clock.advance(350);
    expect(life.deliveredAt()).toEqual([0, 100, 300]);
    expect(life.reasons()).toEqual([]);
  });

  test('retryIf is not asked about a Skip', async () => {
    const life = await living(mode, { retryIf: () => false, onExhausted: 'reject' }, onFirst(skipped()));
    await life.clock.advance(350);
    expect(life.deliveredAt()).toEqual([0, 100, 300]);
  });

  test('maxSkips: one more than so many rejects the record', async () => {
    const life = await living(mode, { maxSkips: 2, onExhausted: 'reject' }, onFirst(skipped(1_000)));
    await life.clock.advance(10_000);
    expect(life.deliveredAt()).toEqual([0, 1_000, 2_000]);
    expect(life.reasons()).toEqual([null, null, null, 'skips-exhausted']);
    expect(life.sink.sent[0]?.letter).toMatchObject({ reason: 'skips-exhausted', cause: undefined, attempts: 3, failures: 0 });
  });

  test('maxSkipMs counts from the first Skip', async () => {
    const life = await living(mode, { maxSkipMs: 2_000, onExhausted: 'reject' }, onFirst(skipped(1_000)));
    await life.clock.advance(10_000);
    expect(life.deliveredAt()).toEqual([0, 1_000, 2_000]);
    expect(life.reasons().at(-1)).toBe('skips-exhausted');
  });

  test('failures use up no Skip', async () => {
    const answer: Answer = ({ offset }, attempt) => (offset === 1 ? consumed : attempt < 4 ? broken : skipped(1));
    const life = await living(mode, { maxSkips: 1, onExhausted: 'reject' }, answer);
    await life.clock.advance(10_000);
    expect(life.deliveredAt()).toHaveLength(5);
  });

  test('without limits nothing ends it, at the longest back-off', async () => {
    const life = await living(mode, {}, onFirst(broken));
    await life.clock.advance(2_000);
    expect(life.deliveredAt()).toEqual([0, 100, 300, 700, 1_100, 1_500, 1_900]);
  });

  test('onExhausted: continue tells it once, and goes on at the longest back-off until it succeeds', async () => {
    const answer: Answer = ({ offset }, attempt) => (offset === 1 || attempt === 5 ? consumed : broken);
    const life = await living(mode, { maxAttempts: 1, onExhausted: 'continue' }, answer);
    await life.clock.advance(10_000);
    expect(life.deliveredAt()).toEqual([0, 400, 800, 1_200, 1_600]);
    const told = life.logs.filter(({ message }) => message.startsWith('The limit of its retry policy is reached'));
    expect(told).toMatchObject([{ level: 'error', data: { offset: 0, attempt: 1, failures: 1, skips: 0, reason: 'retries-exhausted' } }]);
    expect(life.sink.sent).toEqual([]);
    expect(life.transport.committed.at(-1)).toBe('orders/0@2');
  });

  test('onExhausted: continue tells it of the next record as well', async () => {
    const answer: Answer = ({ offset }, attempt) => (attempt === (offset === 0 ? 40 : 3) ? consumed : broken);
    const life = await living(mode, { maxAttempts: 1, onExhausted: 'continue' }, answer);
    await life.clock.advance(60_000);
    const told = life.logs.filter(({ data }) => data.event === 'record-exhausted');
    // Within 10 s the second one is folded into a line that ends with it.
    expect(told.at(-1)).toMatchObject({ data: { offset: 1, attempt: 1, failures: 1 } });
    expect(told).toHaveLength(2);
  });

  test('onExhausted: continue waits as long as a Skip asks for, where that is longer', async () => {
    const answer: Answer = ({ offset }, attempt) => (offset === 1 ? consumed : skipped(attempt === 1 ? 1_000 : 10));
    const life = await living(mode, { maxSkips: 0, onExhausted: 'continue' }, answer);
    await life.clock.advance(1_900);
    expect(life.deliveredAt()).toEqual([0, 1_000, 1_400, 1_800]);
  });

  test('a Reject of the handler’s own is no matter of the policy', async () => {
    const life = await living(mode, { maxAttempts: 1, maxSkips: 0, onExhausted: 'halt' }, onFirst(rejected('bad')));
    await life.clock.advance(1_000);
    expect(life.sink.sent.map(({ letter }) => letter.reason)).toEqual(['bad']);
    expect(life.transport.committed.at(-1)).toBe('orders/0@2');
  });

  test('full jitter takes a part of the back-off', async () => {
    const life = await living(mode, { jitter: 'full' }, onFirst(broken), 0.5);
    await life.clock.advance(1_000);
    expect(life.deliveredAt()).toEqual([0, 50, 150, 350, 550, 750, 950]);
  });

  test('the counts begin anew in the next epoch', async () => {
    const life = await living(mode, { maxAttempts: 3, onExhausted: 'reject' }, onFirst(broken));
    await life.clock.advance(250);
    life.transport.assign([assigned({ epoch: 2, committedOffset: 0 })]);
    await life.clock.settle();
    life.transport.batch(batchOf(0, 1, { epoch: 2 }));
    await life.clock.advance(10_000);
    expect(life.deliveredAt()).toEqual([0, 100, 250, 350, 550]);
    expect(life.sink.sent[0]?.letter).toMatchObject({ attempts: 3, failures: 3 });
  });
});

describe('what becomes of an exhausted record where nothing is said', () => {
  test.each([
    ['with dead letters: a Reject', { topic: 'orders.dead' }, 'orders/0@1', 1],
    ['without: it goes on', null, undefined, 0],
  ] as const)('%s', async (_what, deadLetter, committed, letters) => {
    const sink = new ScriptedSink({ immediate: true });
    const made = rig(() => rejectsNothing(), {
      handler: { retry: { ...BACK_OFF, maxAttempts: 1 }, deadLetter },
      topics: { orders: { partitions: 1 }, 'orders.dead': { partitions: 1 } },
      deadLetters: sink,
    });
    made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
    await made.consumer.start();
    made.transport.batch(batchOf(0, 1, { epoch: 1 }));
    await made.clock.advance(1_000);
    expect([made.transport.committed.at(-1), sink.sent.length]).toEqual([committed, letters]);
  });

  function rejectsNothing(): never {
    throw broken;
  }
});

test('records of a call that fails as a whole come back together, in one call again', async () => {
  const sizes: number[] = [];
  let draws = 0;
  const made = rig(() => consumed, {
    handler: {
      ordering: 'unordered',
      retry: { ...BACK_OFF, jitter: 'full' },
      batch: { maxRecords: 10, maxBytes: 1_000_000, lingerMs: 0 },
      processBatch: async (contexts) => {
        sizes.push(contexts.length);
        return contexts.map(() => (sizes.length < 4 ? { type: 'failed', error: broken } : consumed));
      },
    },
    random: () => (draws++ % 7) / 7,
  });
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  await made.consumer.start();
  made.transport.batch(batchOf(0, 10, { epoch: 1 }));
  await made.clock.advance(5_000);
  expect(sizes).toEqual([10, 10, 10, 10]);
  expect(made.transport.committed.at(-1)).toBe('orders/0@10');
});
