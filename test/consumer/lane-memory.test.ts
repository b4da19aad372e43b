import { queryObjects } from 'node:v8';
import { describe, expect, test } from 'vitest';
import type { Action } from '../../src/action.ts';
import { LaneState } from '../../src/consumer/lane-state.ts';
import { OpenRecord } from '../../src/consumer/open-record.ts';
import type { Handler, HandlerContext } from '../../src/handler.ts';
import { consumed, rig, skipped } from '../support/consumer-rig.ts';
import type { Process, Rig } from '../support/consumer-rig.ts';
import { assigned, batchOf, record } from '../support/scripted-transport.ts';

async function running(process: Process, handler: Partial<Handler>): Promise<Rig> {
  const made = rig(process, { handler });
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  await made.consumer.start();
  await made.clock.settle();
  return made;
}

/** Objects of the class that are alive, after a collection of all garbage. */
function alive(kind: typeof LaneState | typeof OpenRecord): number {
  return queryObjects(kind, { format: 'count' });
}

/** 20 records a key, 500 keys. */
function keyed(from: number, to: number): ReturnType<typeof batchOf> {
  const records = Array.from({ length: to - from }, (_, index) => record(from + index, { key: Buffer.from(`k${(from + index) % 500}`) }));
  return batchOf(from, to, { epoch: 1, records });
}

describe('what is done leaves no lane and no record behind', () => {
  test.each<[how: string, process: Process]>([
    ['at once', () => consumed],
    ['later', () => Promise.resolve(consumed)],
    ['after a Skip', (_record, { attempt }) => (attempt === 1 ? skipped(1) : consumed)],
  ])('where the handler answers %s', async (_how, process) => {
    for (const ordering of ['key', 'unordered'] as const) {
      const { clock, transport } = await running(process, { ordering, concurrency: 16 });
      for (let from = 0; from < 2_000; from += 1_000) {
        transport.batch(keyed(from, from + 1_000));
        await clock.advance(1_000);
      }
      expect(transport.committed.at(-1)).toBe('orders/0@2000');
      expect(alive(LaneState)).toBeLessThanOrEqual(1);
      expect(alive(OpenRecord)).toBeLessThanOrEqual(2);
    }
  });

  test('where a record of a batch stays open that was first of its lane', async () => {
    const processBatch = async (contexts: readonly HandlerContext[]): Promise<readonly Action[]> =>
      contexts.map(({ record: { offset } }) => (offset === 0 ? skipped(1) : consumed));
    const batch = { maxRecords: 50, maxBytes: 1_000_000, lingerMs: 0 };
    const { clock, transport, consumer } = await running(() => consumed, { batch, processBatch });
    for (let from = 0; from < 2_000; from += 1_000) {
      transport.batch(batchOf(from, from + 1_000, { epoch: 1 }));
      await clock.advance(1_000);
    }
    expect(consumer.health().partitions).toMatchObject([{ open: 1, committable: 0, position: 2_000 }]);
    expect(alive(OpenRecord)).toBeLessThan(200);
  });
});

describe('a reply of the broker', () => {
  /** Records that are views of 100 bytes each into one reply; the reply itself is held by nobody else. */
  function viewsOf(reply: Buffer, from: number, to: number, key: string | null): ReturnType<typeof batchOf> {
    const bytesOf = (index: number): Buffer => reply.subarray(index * 100, (index + 1) * 100);
    const given = { key: key === null ? null : Buffer.from(key) };
    const records = Array.from({ length: to - from }, (_, index) => record(from + index, { ...given, value: bytesOf(index) }));
    return batchOf(from, to, { epoch: 1, records });
  }

  function handOver({ transport }: Rig, from: number, to: number, key: string | null = null): WeakRef<ArrayBufferLike> {
    const reply = Buffer.allocUnsafeSlow((to - from) * 100);
    transport.batch(viewsOf(reply, from, to, key));
    return new WeakRef(reply.buffer);
  }

  async function isHeld(reply: WeakRef<ArrayBufferLike>, { clock }: Rig): Promise<boolean> {
    await clock.settle(); // a turn of the platform: what a WeakRef was asked for in this one is held until its end
    queryObjects(LaneState, { format: 'count' }); // collects all garbage
    return reply.deref() !== undefined;
  }

  test('is let go although one record of it waits for its next delivery', async () => {
    const life = await running(({ offset }) => (offset === 3 ? skipped(60_000) : consumed), { ordering: 'unordered', concurrency: 16 });
    const reply = handOver(life, 0, 10);
    await life.clock.settle();
    handOver(life, 10, 12);
    await life.clock.settle();
    expect(life.consumer.health().partitions).toMatchObject([{ open: 1, queued: 1 }]);
    expect(await isHeld(reply, life)).toBe(false);
  });

  test('is let go although its records wait behind one that does, whether they came before it failed or after', async () => {
    let answer: (action: Action) => void = () => {};
    const life = await running(({ offset }) => (offset === 0 ? new Promise((resolve) => (answer = resolve)) : consumed), {
      ordering: 'key',
      concurrency: 16,
    });
    const replies = [handOver(life, 0, 1, 'a'), handOver(life, 1, 5, 'a')];
    await life.clock.settle();
    expect(await isHeld(replies[1] as WeakRef<ArrayBufferLike>, life)).toBe(true);
    answer(skipped(60_000));
    await life.clock.settle();
    replies.push(handOver(life, 5, 9, 'a'));
    await life.clock.settle();
    handOver(life, 9, 10, 'b');
    await life.clock.settle();
    expect(life.consumer.health().partitions).toMatchObject([{ open: 9, queued: 9 }]);
    expect(await isHeld(replies[1] as WeakRef<ArrayBufferLike>, life)).toBe(false);
    expect(await isHeld(replies[2] as WeakRef<ArrayBufferLike>, life)).toBe(false);
  });

  test('is let go when a call before its records runs for long', async () => {
    const life = await running(({ offset }) => (offset === 0 ? new Promise(() => {}) : consumed), { ordering: 'key', concurrency: 16 });
    handOver(life, 0, 1, 'a');
    const reply = handOver(life, 1, 5, 'a');
    await life.clock.settle();
    for (let from = 5; from < 1_005; from += 100) {
      handOver(life, from, from + 100);
      await life.clock.settle();
    }
    expect(await isHeld(reply, life)).toBe(true);
    handOver(life, 1_005, 1_006, 'a');
    await life.clock.settle();
    expect(life.consumer.health().partitions).toMatchObject([{ open: 6, queued: 6 }]);
    expect(await isHeld(reply, life)).toBe(false);
  });
});

// With a step for each pair of records this would take minutes; how long it takes is the benchmark's business.
test('a batch of 40,000 that fails as a whole comes back as a whole', async () => {
  const count = 40_000;
  const processBatch = (): never => {
    throw new Error('always');
  };
  const batch = { maxRecords: count, maxBytes: 2 ** 30, lingerMs: 0 };
  const { clock, transport, consumer } = await running(() => consumed, { batch, processBatch });
  transport.batch(batchOf(0, count, { epoch: 1 }));
  await clock.advance(1_000);
  expect(consumer.health().partitions).toMatchObject([{ open: count, blocked: { offset: 0, failures: 4 } }]);
});
