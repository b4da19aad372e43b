import { describe, expect, test } from 'vitest';
import type { Action } from '../../src/action.ts';
import type { ConsumerOptions } from '../../src/consumer/consumer-options.ts';
import type { Handler, HandlerContext } from '../../src/handler.ts';
import type { KafkaRecord } from '../../src/record.ts';
import { consumed, handlerOf, rig, skipped } from '../support/consumer-rig.ts';
import type { Rig } from '../support/consumer-rig.ts';
import { assigned, batchOf } from '../support/scripted-transport.ts';

interface Running {
  readonly topic: string;
  readonly partition: number;
  readonly offsets: readonly number[];
  answer(): void;
}

/** Calls that run until a test answers them with Consume, single ones and batches alike. */
class Calls {
  readonly running: Running[] = [];
  readonly begun: Running[] = [];
  most = 0;

  readonly process = ({ topic, partition, offset }: KafkaRecord): Promise<Action> =>
    new Promise((resolve) => this.#begin({ topic, partition, offsets: [offset] }, () => resolve(consumed)));

  readonly processBatch = (contexts: readonly HandlerContext[]): Promise<readonly Action[]> =>
    new Promise((resolve) => {
      const [{ record: first }] = contexts as [HandlerContext];
      const offsets = contexts.map(({ record }) => record.offset);
      this.#begin({ topic: first.topic, partition: first.partition, offsets }, () => resolve(contexts.map(() => consumed)));
    });

  /** The oldest one that runs. */
  answerOne(): void {
    this.running.shift()?.answer();
  }

  of(partition: number): number {
    return this.begun.filter((call) => call.partition === partition).length;
  }

  #begin(what: Omit<Running, 'answer'>, answer: () => void): void {
    const call = { ...what, answer };
    this.running.push(call);
    this.begun.push(call);
    this.most = Math.max(this.most, this.running.length);
  }
}

async function began(
  handlers: readonly Handler[],
  assignedTo: readonly (readonly [topic: string, partitions: number])[],
  options: Partial<ConsumerOptions> = {},
): Promise<Rig> {
  const byTopic = new Map(handlers.flatMap((handler) => handler.topics.map((topic) => [topic, handler] as const)));
  const topics = Object.fromEntries(assignedTo.map(([topic, partitions]) => [topic, { partitions }]));
  const made = rig(() => consumed, { handlers: byTopic, topics, options });
  made.transport.firstAssignment = places(assignedTo).map((place) => assigned({ ...place, committedOffset: 0 }));
  await made.consumer.start();
  await made.clock.settle();
  return made;
}

function places(
  assignedTo: readonly (readonly [topic: string, partitions: number])[],
): readonly { topic: string; partition: number; epoch: number }[] {
  return assignedTo
    .flatMap(([topic, partitions]) => Array.from({ length: partitions }, (_, partition) => ({ topic, partition })))
    .map((place, index) => ({ ...place, epoch: index + 1 }));
}

describe('the concurrency of a handler', () => {
  test('holds over all of its partitions and topics', async () => {
    const calls = new Calls();
    const handler = handlerOf(calls.process, { topics: ['orders', 'returns'], ordering: 'unordered', concurrency: 3 });
    const assignedTo = [['orders', 2], ['returns', 1]] as const; // prettier-ignore
    const { transport, clock, consumer } = await began([handler], assignedTo);
    for (const place of places(assignedTo)) transport.batch(batchOf(0, 10, place));
    await clock.settle();
    for (let answered = 0; answered < 30; answered++) {
      expect(calls.running).toHaveLength(Math.min(3, 30 - answered));
      calls.answerOne();
      await clock.settle();
    }
    expect(calls.most).toBe(3);
    await clock.advance(1_000);
    expect(consumer.health().partitions.map(({ committed }) => committed)).toEqual([10, 10, 10]);
  });

  test('is that of calls: a batch is one', async () => {
    const calls = new Calls();
    const handler = handlerOf(calls.process, {
      ordering: 'unordered',
      concurrency: 2,
      batch: { maxRecords: 4, maxBytes: 1_000_000, lingerMs: 0 },
      processBatch: calls.processBatch,
    });
    const { transport, clock } = await began([handler], [['orders', 1]]);
    transport.batch(batchOf(0, 12, { epoch: 1 }));
    await clock.settle();
    expect(calls.running.map(({ offsets }) => offsets)).toEqual([[0, 1, 2, 3], [4, 5, 6, 7]]); // prettier-ignore
  });

  test('counts a call past its deadline, and one of an epoch that is over, until it settles', async () => {
    const calls = new Calls();
    const handler = handlerOf(calls.process, { ordering: 'unordered', concurrency: 2, deadlineMs: 100 });
    const { transport, clock } = await began([handler], [['orders', 1]]);
    transport.batch(batchOf(0, 4, { epoch: 1 }));
    await clock.advance(5_000);
    expect(calls.begun).toHaveLength(2);
    transport.assign([assigned({ epoch: 2, committedOffset: 2 })]);
    await clock.settle();
    transport.batch(batchOf(2, 4, { epoch: 2 }));
    await clock.settle();
    expect(calls.begun).toHaveLength(2);
    calls.answerOne();
    await clock.settle();
    expect(calls.begun.at(-1)?.offsets).toEqual([2]);
    calls.answerOne();
    await clock.settle();
    expect(calls.begun.at(-1)?.offsets).toEqual([3]);
  });
});

describe('the limits of a process', () => {
  test('hold over its handlers, whose own hold beside them', async () => {
    const [orders, returns] = [new Calls(), new Calls()];
    const handlers = [
      handlerOf(orders.process, { topics: ['orders'], ordering: 'unordered', concurrency: 2 }),
      handlerOf(returns.process, { topics: ['returns'], ordering: 'unordered', concurrency: 16 }),
    ];
    const assignedTo = [['orders', 1], ['returns', 1]] as const; // prettier-ignore
    const { transport, clock } = await began(handlers, assignedTo, { concurrency: 5 });
    for (const place of places(assignedTo)) transport.batch(batchOf(0, 20, place));
    await clock.settle();
    let turns = 0;
    for (; orders.running.length + returns.running.length > 0; turns++) {
      expect(orders.running.length).toBeLessThanOrEqual(2);
      expect(orders.running.length + returns.running.length).toBeLessThanOrEqual(5);
      (turns % 2 === 0 ? orders : returns).answerOne();
      await clock.settle();
    }
    expect([orders.begun.length, returns.begun.length, orders.most]).toEqual([20, 20, 2]);
  });

  test('of concurrency hold a partition that is handled in its order, too', async () => {
    const calls = new Calls();
    const { transport, clock } = await began([handlerOf(calls.process)], [['orders', 3]], { concurrency: 2 });
    for (const place of places([['orders', 3]])) transport.batch(batchOf(0, 4, place));
    await clock.settle();
    for (let answered = 0; answered < 12; answered++) {
      expect(calls.running).toHaveLength(Math.min(2, 12 - answered));
      calls.answerOne();
      await clock.settle();
    }
    expect(calls.begun).toHaveLength(12);
  });
});

describe('who stands at a gate gets in in turn', () => {
  test.each([
    ['partition', 'one place', 1],
    ['partition', 'fewer places than partitions', 2],
    ['unordered', 'one place', 1],
    ['unordered', 'several places', 4],
  ] as const)('%s order, %s', async (ordering, _places, concurrency) => {
    const calls = new Calls();
    const { transport, clock } = await began([handlerOf(calls.process, { ordering, concurrency })], [['orders', 3]]);
    for (const place of places([['orders', 3]])) transport.batch(batchOf(0, 60, place));
    await clock.settle();
    for (let answered = 0; answered < 90; answered++) {
      calls.answerOne();
      await clock.settle();
    }
    for (const partition of [0, 1, 2]) expect(calls.of(partition)).toBeGreaterThanOrEqual(28);
  });

  test('and takes one place for each time that it was called, although there are more', async () => {
    const calls = new Calls();
    const handler = handlerOf(calls.process, { ordering: 'unordered', concurrency: 2 });
    const { transport, clock } = await began([handler], [['orders', 3]]);
    for (const place of places([['orders', 3]])) transport.batch(batchOf(0, 10, place));
    await clock.settle();
    expect(calls.running.map(({ partition }) => partition)).toEqual([0, 0]);
    calls.answerOne();
    calls.answerOne();
    await clock.settle();
    expect(new Set(calls.running.map(({ partition }) => partition)).size).toBe(2);
  });

  test('between handlers at the gate of the process', async () => {
    const [busy, quiet] = [new Calls(), new Calls()];
    const handlers = [
      handlerOf(busy.process, { topics: ['orders'], ordering: 'unordered', concurrency: 2 }),
      handlerOf(quiet.process, { topics: ['returns'] }),
    ];
    const assignedTo = [['orders', 1], ['returns', 1]] as const; // prettier-ignore
    const { transport, clock } = await began(handlers, assignedTo, { concurrency: 1 });
    transport.batch(batchOf(0, 100, { epoch: 1 }));
    await clock.settle();
    transport.batch(batchOf(0, 10, { topic: 'returns', epoch: 2 }));
    await clock.settle();
    for (let answered = 0; answered < 21; answered++) {
      busy.answerOne();
      quiet.answerOne();
      await clock.settle();
    }
    expect(quiet.begun).toHaveLength(10);
  });

  test('who is called and has nothing to do lets the next one in', async () => {
    const calls = new Calls();
    const { transport, clock, consumer } = await began([handlerOf(calls.process, { concurrency: 1 })], [['orders', 3]]);
    for (const place of places([['orders', 3]])) transport.batch(batchOf(0, 2, place));
    await clock.settle();
    expect(calls.running.map(({ partition }) => partition)).toEqual([0]);
    consumer.pause([{ topic: 'orders', partition: 1 }]);
    calls.answerOne();
    await clock.settle();
    expect(calls.running.map(({ partition }) => partition)).toEqual([2]);
    transport.listener.lost([{ topic: 'orders', partition: 0, epoch: 1 }], new Error('gone') as never);
    consumer.resume([{ topic: 'orders', partition: 1 }]);
    calls.answerOne();
    await clock.settle();
    calls.answerOne();
    await clock.settle();
    calls.answerOne();
    await clock.settle();
    calls.answerOne();
    await clock.settle();
    expect(calls.begun.map(({ partition }) => partition).toSorted()).toEqual([0, 1, 1, 2, 2]);
  });
});

describe('a rate limit', () => {
  const rateLimit = { recordsPerSecond: 10, burst: 2 };

  test('lets the burst through, then one at a time, redeliveries included', async () => {
    const at: number[] = [];
    const handler = handlerOf(() => (at.push(clock.now() - 1_000_000), at.length === 1 ? skipped(50) : consumed), { rateLimit });
    const made = await began([handler], [['orders', 1]]);
    const { clock, transport } = made;
    transport.batch(batchOf(0, 4, { epoch: 1 }));
    await clock.advance(1_000);
    // The skipped record comes again after 50 ms with the burst's second token; then a token every 100 ms.
    expect(at).toEqual([0, 50, 100, 200, 300]);
    expect(made.transport.committed.at(-1)).toBe('orders/0@4');
    expect(clock.timerCount).toBe(0);
  });

  test('is shared by the partitions of a handler, in turn', async () => {
    const calls = new Calls();
    const process = (item: KafkaRecord): Action => (void calls.process(item), consumed);
    const { clock, transport } = await began([handlerOf(process, { rateLimit })], [['orders', 2]]);
    for (const place of places([['orders', 2]])) transport.batch(batchOf(0, 50, place));
    await clock.advance(3_800);
    expect(calls.begun).toHaveLength(40);
    expect(Math.abs(calls.of(0) - calls.of(1))).toBeLessThanOrEqual(2);
  });

  test('makes batches as large as its burst, and lets none go smaller while more is there', async () => {
    const calls = new Calls();
    const processBatch = async (contexts: readonly HandlerContext[]): Promise<readonly Action[]> => {
      const answers = calls.processBatch(contexts);
      calls.answerOne();
      return answers;
    };
    const handler = handlerOf(calls.process, {
      ordering: 'unordered',
      concurrency: 5,
      rateLimit: { recordsPerSecond: 100, burst: 10 },
      batch: { maxRecords: 100, maxBytes: 1_000_000, lingerMs: 0 },
      processBatch,
    });
    const { clock, transport } = await began([handler], [['orders', 1]]);
    transport.batch(batchOf(0, 45, { epoch: 1 }));
    await clock.advance(1_000);
    expect(calls.begun.map(({ offsets }) => offsets.length)).toEqual([10, 10, 10, 10, 5]);
    expect(calls.begun.flatMap(({ offsets }) => offsets)).toEqual(Array.from({ length: 45 }, (_, offset) => offset));
  });

  test('lets nobody take single tokens for whom a batch waits that came first', async () => {
    const batches = new Calls();
    const handlers = [
      handlerOf(batches.process, {
        ordering: 'unordered',
        batch: { maxRecords: 10, maxBytes: 1_000_000, lingerMs: 0 },
        processBatch: batches.processBatch,
      }),
      handlerOf(() => consumed, { topics: ['returns'] }),
    ];
    const assignedTo = [['orders', 1], ['returns', 1]] as const; // prettier-ignore
    const { clock, transport } = await began(handlers, assignedTo, { rateLimit: { recordsPerSecond: 100, burst: 10 } });
    transport.batch(batchOf(0, 30, { epoch: 1 }));
    await clock.settle();
    expect(batches.begun).toHaveLength(1);
    for (let from = 0; from < 30; from++) {
      transport.batch(batchOf(from, from + 1, { topic: 'returns', epoch: 2 }));
      await clock.advance(10);
    }
    expect(batches.begun.map(({ offsets }) => offsets.length)).toEqual([10, 10, 10]);
  });

  test('of the process limits all handlers together', async () => {
    const at: number[] = [];
    const process = (): Action => (at.push(clock.now() - 1_000_000), consumed);
    const handlers = [handlerOf(process), handlerOf(process, { topics: ['returns'] })];
    const assignedTo = [['orders', 1], ['returns', 1]] as const; // prettier-ignore
    const { clock, transport } = await began(handlers, assignedTo, { rateLimit });
    for (const place of places(assignedTo)) transport.batch(batchOf(0, 3, place));
    await clock.advance(1_000);
    expect(at).toEqual([0, 0, 100, 200, 300, 400]);
  });
});
