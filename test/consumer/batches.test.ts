import { describe, expect, test } from 'vitest';
import { consume, reject, skip } from '../../src/action.ts';
import type { Action } from '../../src/action.ts';
import { defineBatchHandler } from '../../src/define-handler.ts';
import { KafkaError } from '../../src/errors.ts';
import type { BatchContext, BatchItem, HandlerOptions } from '../../src/handler.ts';
import { consumed, rig } from '../support/consumer-rig.ts';
import type { Rig } from '../support/consumer-rig.ts';
import { assigned, batchOf, record } from '../support/scripted-transport.ts';

const AT = { topic: 'orders', partition: 0, epoch: 1 };

interface Call {
  readonly offsets: readonly number[];
  readonly items: readonly BatchItem<Uint8Array | null>[];
  readonly context: BatchContext;
  answer(answer: unknown): void;
}

interface Life extends Rig {
  readonly calls: Call[];
  /** Offsets of each call, in the order of the calls. */
  readonly sizes: () => readonly number[];
}

/** A handler of batches whose calls a test answers, or `answer` does. */
async function living(
  options: HandlerOptions & { readonly batch?: object; readonly transform?: (given: { readonly value: Uint8Array }) => Uint8Array },
  answer?: (items: Call['items']) => unknown,
): Promise<Life> {
  const calls: Call[] = [];
  const handler = defineBatchHandler({
    topic: 'orders',
    ordering: 'unordered',
    ...options,
    handleBatch: (items: Call['items'], context) =>
      new Promise<Action>((resolve) => {
        const settle = (given: unknown): void => resolve(given as Action);
        calls.push({ offsets: items.map((item) => item.record.offset), items, context, answer: settle });
        if (answer !== undefined) settle(answer(items));
      }),
  });
  const made = rig(() => consumed, { handlers: new Map([['orders', handler]]) });
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  await made.consumer.start();
  await made.clock.settle();
  return { ...made, calls, sizes: () => calls.map(({ offsets }) => offsets.length) };
}

const all = (action: Action) => (): Action => action;

describe('a batch is handed over', () => {
  test('when it has its records, however many are looked at in a turn', async () => {
    const life = await living({ batch: { maxRecords: 700 } });
    life.transport.batch(batchOf(0, 1_600, { epoch: 1 }));
    await life.clock.settle();
    expect(life.sizes()).toEqual([700, 700, 200]);
    expect(life.calls.flatMap(({ offsets }) => offsets)).toEqual(Array.from({ length: 1_600 }, (_, offset) => offset));
  });

  test('when it has its bytes: the record that would be too much goes with the next, and one that is too large by itself', async () => {
    const life = await living({ batch: { maxBytes: 1_000, lingerMs: 60_000 } });
    const sizes = [400, 600, 401, 600, 5_000, 1_000, 10];
    const records = sizes.map((size, offset) => record(offset, { value: new Uint8Array(size) }));
    life.transport.batch(batchOf(0, sizes.length, { epoch: 1, records }));
    await life.clock.settle();
    // The last one waits for company.
    expect(life.calls.map(({ offsets }) => offsets)).toEqual([[0, 1], [2], [3], [4], [5]]);
  });

  test('with what is there, at once, where nothing is said of waiting', async () => {
    const life = await living({});
    life.transport.batch(batchOf(0, 3, { epoch: 1 }));
    await life.clock.settle();
    expect(life.sizes()).toEqual([3]);
  });

  test('when its first record has waited for so long, with all that came meanwhile; and the next one waits as long again', async () => {
    const life = await living({ batch: { maxRecords: 10, lingerMs: 50 } });
    life.transport.batch(batchOf(0, 2, { epoch: 1 }));
    await life.clock.advance(30);
    life.transport.batch(batchOf(2, 5, { epoch: 1 }));
    await life.clock.advance(19);
    expect(life.sizes()).toEqual([]);
    await life.clock.advance(1);
    expect(life.sizes()).toEqual([5]);
    life.transport.batch(batchOf(5, 6, { epoch: 1 }));
    await life.clock.advance(49);
    expect(life.sizes()).toEqual([5]);
    await life.clock.advance(1);
    expect(life.sizes()).toEqual([5, 1]);
  });

  test('at once when it is full before, and nobody waits any more', async () => {
    const life = await living({ batch: { maxRecords: 4, lingerMs: 50 } }, all(consume()));
    life.transport.batch(batchOf(0, 3, { epoch: 1 }));
    await life.clock.advance(10);
    life.transport.batch(batchOf(3, 4, { epoch: 1 }));
    await life.clock.settle();
    expect(life.sizes()).toEqual([4]);
    await life.clock.advance(1_000);
    expect(life.transport.committed.at(-1)).toBe('orders/0@4');
    expect(life.clock.timerCount).toBe(0);
  });

  test('with a record that comes again from memory, beside what is new', async () => {
    let skips = 0;
    const answer = (items: Call['items']): readonly Action[] =>
      items.map(({ record: { offset } }) => (offset === 1 && skips++ === 0 ? skip('busy', { retryAfterMs: 100 }) : consume()));
    const life = await living({ batch: { maxRecords: 4, lingerMs: 50 } }, answer);
    life.transport.batch(batchOf(0, 4, { epoch: 1 }));
    await life.clock.advance(80);
    life.transport.batch(batchOf(4, 5, { epoch: 1 }));
    await life.clock.advance(1_000);
    expect(life.calls.map(({ offsets }) => offsets.toSorted())).toEqual([[0, 1, 2, 3], [1, 4]]); // prettier-ignore
    expect(life.transport.committed.at(-1)).toBe('orders/0@5');
  });
});

describe('a batch that is still put together', () => {
  test('is not handed over while its partition is paused by hand, and is afterwards', async () => {
    const life = await living({ batch: { lingerMs: 50 } });
    life.transport.batch(batchOf(0, 2, { epoch: 1 }));
    await life.clock.settle();
    life.consumer.pause([{ topic: 'orders' }]);
    await life.clock.advance(1_000);
    expect(life.sizes()).toEqual([]);
    life.consumer.resume([{ topic: 'orders' }]);
    await life.clock.settle();
    expect(life.sizes()).toEqual([2]);
  });

  test.each(['revoked', 'lost'] as const)('goes nowhere when its partition is %s: the next owner gets the records', async (how) => {
    const life = await living({ batch: { lingerMs: 50 } });
    life.transport.batch(batchOf(0, 2, { epoch: 1 }));
    await life.clock.settle();
    if (how === 'lost') life.transport.listener.lost([AT], new KafkaError('GROUP_FENCED', 'gone'));
    else {
      const done = life.transport.listener.revoked([AT], { graceMs: 10_000 });
      await life.clock.settle();
      await done;
    }
    expect(life.clock.timerCount).toBe(0);
    await life.clock.advance(1_000);
    expect(life.sizes()).toEqual([]);
    expect(life.consumer.health().partitions).toEqual([]);
  });

  test('goes nowhere when the consumer stops, which waits for none of it', async () => {
    const life = await living({ batch: { lingerMs: 50 } });
    life.transport.batch(batchOf(0, 2, { epoch: 1 }));
    await life.clock.settle();
    const stopped = life.consumer.stop();
    await life.clock.settle();
    expect((await stopped).open).toMatchObject([{ from: 0, to: 2, records: 2, reason: 'queued' }]);
    expect([life.sizes(), life.clock.timerCount]).toEqual([[], 0]);
  });
});

describe('the answer', () => {
  test('is one action for all', async () => {
    const life = await living({}, all(reject('too-old')));
    life.transport.batch(batchOf(0, 3, { epoch: 1 }));
    await life.clock.advance(1_000);
    expect(life.kinds('action')).toMatchObject([0, 1, 2].map((offset) => ({ offset, action: 'reject', reason: 'too-old' })));
    expect(life.transport.committed.at(-1)).toBe('orders/0@3');
  });

  test('or one for each in their order', async () => {
    const life = await living({}, (items) =>
      items.map(({ attempt, record: { offset } }) => (attempt > 1 ? consume() : [consume(), skip('busy'), reject('bad')][offset % 3])),
    );
    life.transport.batch(batchOf(0, 6, { epoch: 1 }));
    await life.clock.settle();
    expect(life.kinds('action').map((each) => (each as { action: string }).action)).toEqual([
      'consume',
      'skip',
      'reject',
      'consume',
      'skip',
      'reject', // prettier-ignore
    ]);
    await life.clock.advance(1_000);
    expect(life.calls.map(({ offsets }) => offsets)).toEqual([[0, 1, 2, 3, 4, 5], [1, 4]]); // prettier-ignore
    expect(life.transport.committed.at(-1)).toBe('orders/0@6');
  });

  const wrong: readonly [what: string, answer: (items: Call['items']) => unknown, message: RegExp][] = [
    ['nothing', () => undefined, /answered undefined \(a missing return\?\), expected one action for all, or an array of exactly 3/],
    ['null', () => null, /answered a null, expected/],
    ['too few', () => [consume(), consume()], /answered an array of 2, expected one action for all, or an array of exactly 3/],
    ['too many', (items) => [...items, 0].map(() => consume()), /answered an array of 4, expected/],
    ['none at all', () => [], /answered an array of 0, expected/],
    ['no action among them', () => [consume(), 'done', consume()], /answered an array of 3 whose element 1 is no action/],
    ['a map by record', () => new Map(), /answered a object that is no action/],
    [
      'a throw',
      () => {
        throw new RangeError('broken');
      },
      /broken/,
    ],
  ];
  test.each(wrong)('of %s is a failure of each, and none is done', async (_what, answer, message) => {
    let calls = 0;
    const life = await living({ retry: { jitter: 'none', initialDelayMs: 100 } }, (items) => (calls++ === 0 ? answer(items) : consume()));
    life.transport.batch(batchOf(0, 3, { epoch: 1 }));
    await life.clock.settle();
    expect(life.kinds('failed')).toMatchObject([0, 1, 2].map((offset) => ({ offset, attempt: 1, failures: 1 })));
    for (const failed of life.kinds('failed')) expect((failed as unknown as { error: Error }).error.message).toMatch(message);
    expect(life.transport.sent).toEqual([]);
    await life.clock.advance(1_000);
    expect(life.calls.map(({ offsets }) => offsets)).toEqual([[0, 1, 2], [0, 1, 2]]); // prettier-ignore
    expect(life.calls[1]?.items.map(({ attempt, failures }) => [attempt, failures])).toEqual([[2, 1], [2, 1], [2, 1]]); // prettier-ignore
    expect(life.transport.committed.at(-1)).toBe('orders/0@3');
  });
});

describe('items', () => {
  test('that cannot be decoded are rejected by themselves; the others go to the handler', async () => {
    const transform = ({ value }: { readonly value: Uint8Array }): Uint8Array => {
      if (value[0] === 1) throw new SyntaxError('no');
      return value;
    };
    const life = await living({ transform }, all(consume()));
    life.transport.batch(batchOf(0, 3, { epoch: 1 }));
    await life.clock.advance(1_000);
    expect(life.calls.map(({ offsets }) => offsets)).toEqual([[0, 2]]); // prettier-ignore
    expect(life.kinds('delivered')).toMatchObject([{ offset: 0, batch: 1 }, { offset: 1, batch: 1 }, { offset: 2, batch: 1 }]); // prettier-ignore
    expect(life.kinds('action')).toMatchObject([
      { offset: 0, action: 'consume' },
      { offset: 1, action: 'reject', reason: 'decode-failed' },
      { offset: 2, action: 'consume' },
    ]);
    expect(life.transport.committed.at(-1)).toBe('orders/0@3');
  });

  test('all of which cannot be decoded make no call', async () => {
    const transform = (): Uint8Array => {
      throw new SyntaxError('no');
    };
    const life = await living({ transform }, all(consume()));
    life.transport.batch(batchOf(0, 3, { epoch: 1 }));
    await life.clock.advance(1_000);
    expect(life.calls).toEqual([]);
    expect(life.transport.committed.at(-1)).toBe('orders/0@3');
  });

  test('that are tombstones come with null', async () => {
    const life = await living({}, all(consume()));
    life.transport.batch(batchOf(0, 2, { epoch: 1, records: [record(0, { value: null }), record(1)] }));
    await life.clock.settle();
    expect(life.calls[0]?.items.map(({ value, id }) => [value, id])).toEqual([[null, 'orders/0/0'], [new Uint8Array([1]), 'orders/0/1']]); // prettier-ignore
  });

  test('come each with their own attempts', async () => {
    const life = await living({ retry: { jitter: 'none', initialDelayMs: 100 } }, (items) =>
      items.map(({ record: { offset }, attempt }) => (offset === 0 && attempt < 3 ? skip() : consume())),
    );
    life.transport.batch(batchOf(0, 1, { epoch: 1 }));
    await life.clock.advance(150);
    life.transport.batch(batchOf(1, 2, { epoch: 1 }));
    await life.clock.advance(1_000);
    expect(life.calls.flatMap(({ items }) => items.map((item) => [item.record.offset, item.attempt]))).toEqual([[0, 1], [0, 2], [1, 1], [0, 3]]); // prettier-ignore
  });
});

describe('a deadline', () => {
  test('is that of the call: every record has failed, the signal is aborted, and the late answer counts for none', async () => {
    const life = await living({ ordering: 'partition', deadlineMs: 1_000, retry: { jitter: 'none', initialDelayMs: 100 } });
    life.transport.batch(batchOf(0, 3, { epoch: 1 }));
    await life.clock.advance(1_000);
    expect(life.calls[0]?.context.signal).toMatchObject({ aborted: true, reason: { code: 'HANDLER_DEADLINE' } });
    expect(life.kinds('failed')).toMatchObject([0, 1, 2].map((offset) => ({ offset, error: { code: 'HANDLER_DEADLINE' } })));
    expect((life.kinds('failed')[0] as unknown as { error: Error }).error.message).toContain(
      'orders/0/0 and 2 more of its batch did not answer within 1000 ms',
    );
    await life.clock.advance(5_000);
    expect(life.calls).toHaveLength(1);
    life.calls[0]?.answer(consume());
    await life.clock.settle();
    expect(life.kinds('stale-result')).toMatchObject([{ offset: 0 }, { offset: 1 }, { offset: 2 }]);
    expect(life.calls.map(({ offsets }) => offsets)).toEqual([[0, 1, 2], [0, 1, 2]]); // prettier-ignore
    life.calls[1]?.answer(consume());
    await life.clock.advance(200);
    expect(life.transport.committed).toEqual(['orders/0@3']);
  });
});

describe('the order of a lane', () => {
  test('holds within a batch and across batches in partition order: what is left open comes first of the next', async () => {
    const life = await living(
      { ordering: 'partition', retry: { jitter: 'none', initialDelayMs: 100 }, batch: { maxRecords: 4 } },
      (items) => items.map(({ record: { offset }, attempt }) => (attempt === 1 && (offset === 1 || offset === 2) ? skip() : consume())),
    );
    life.transport.batch(batchOf(0, 9, { epoch: 1 }));
    await life.clock.settle();
    expect(life.calls.map(({ offsets }) => offsets)).toEqual([[0, 1, 2, 3]]); // prettier-ignore
    await life.clock.advance(1_000);
    expect(life.calls.map(({ offsets }) => offsets)).toEqual([[0, 1, 2, 3], [1, 2, 4, 5], [6, 7, 8]]); // prettier-ignore
    expect(life.kinds('delivered').map((each) => (each as { batch?: number }).batch)).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3]);
  });

  test('holds for each key in a batch of several: a key that waits is left out of the next, the others go on', async () => {
    const keys = ['a', 'b', 'a', 'c', 'b', 'a', 'c', 'b'];
    const life = await living({ ordering: 'key', retry: { jitter: 'none', initialDelayMs: 100 }, batch: { maxRecords: 4 } });
    const records = keys.map((key, offset) => record(offset, { key: Buffer.from(key) }));
    life.transport.batch(batchOf(0, keys.length, { epoch: 1, records }));
    await life.clock.settle();
    // All keys are in the first call.
    expect(life.calls.map(({ offsets }) => offsets)).toEqual([[0, 1, 2, 3]]); // prettier-ignore
    life.calls[0]?.answer([skip(), consume(), consume(), consume()]);
    await life.clock.settle();
    expect(life.calls[1]?.offsets.toSorted()).toEqual([4, 6, 7]);
    await life.clock.advance(100);
    expect(life.calls[2]?.offsets).toEqual([0, 5]);
    for (const call of life.calls.slice(1)) call.answer(consume());
    await life.clock.advance(1_000);
    expect(life.transport.committed.at(-1)).toBe('orders/0@8');
  });
});
