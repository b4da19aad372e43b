import { describe, expect, test } from 'vitest';
import { KafkaError } from '../../src/errors.ts';
import { consumed, handlerOf, rig, skipped } from '../support/consumer-rig.ts';
import type { Rig } from '../support/consumer-rig.ts';
import { assigned, batchOf } from '../support/scripted-transport.ts';

async function start(made: Rig): Promise<unknown> {
  const outcome = made.consumer.start().catch((error: unknown) => error);
  await made.clock.settle();
  return outcome;
}

describe('the resolved start is committed before the first delivery', () => {
  test('zoo #15: nothing is fetched before the acknowledgement, and all partitions are in one request', async () => {
    const made = rig(() => skipped(), { options: { autoOffsetReset: 'latest' }, topics: { orders: { partitions: 2, logEnds: [7, 9] } } });
    const { clock, transport } = made;
    transport.defaultAnswer = 'manual';
    transport.firstAssignment = [assigned({ epoch: 1, logEndOffset: 20 }), assigned({ epoch: 2, partition: 1, logEndOffset: 20 })];
    await start(made);
    expect(transport.sent.map(({ commits }) => commits.map(({ partition, offset }) => [partition, offset]))).toEqual([
      [
        [0, 7],
        [1, 9],
      ],
    ]);
    await clock.advance(10_000);
    expect(transport.fetches).toEqual([]);
    expect(made.consumer.health().partitions).toMatchObject([{ phase: 'starting', committed: null }, { phase: 'starting' }]);
    transport.sent[0]?.answer('acknowledged');
    await clock.settle();
    expect(transport.fetches).toMatchObject([
      { partition: 0, offset: 7 },
      { partition: 1, offset: 9 },
    ]);
    expect(made.kinds('start-resolved')).toMatchObject([
      { partition: 0, offset: 7, reason: 'latest' },
      { partition: 1, offset: 9, reason: 'latest' },
    ]);
    // A process that dies now with the first record skipped finds its start again.
    transport.batch(batchOf(7, 8, { epoch: 1 }));
    await clock.advance(1_000);
    expect(transport.committed).toEqual(['orders/0@7', 'orders/1@9']);
  });

  test('an unknown outcome is asked again until it is acknowledged', async () => {
    const made = rig(() => consumed);
    made.transport.answers = ['unknown', { code: 'COORDINATOR_NOT_AVAILABLE', retriable: true }];
    made.transport.firstAssignment = [assigned({ epoch: 1, logStartOffset: 3 })];
    await start(made);
    expect(made.transport.fetches).toEqual([]);
    await made.clock.advance(1_000);
    expect(made.transport.committed).toEqual(['orders/0@3', 'orders/0@3', 'orders/0@3']);
    expect(made.transport.fetches).toMatchObject([{ offset: 3 }]);
  });

  test('a committed start needs no commit', async () => {
    const made = rig(() => consumed);
    made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 5 })];
    await start(made);
    expect(made.transport.sent).toEqual([]);
    expect(made.transport.fetches).toMatchObject([{ offset: 5 }]);
    expect(made.kinds('start-resolved')).toMatchObject([{ offset: 5, reason: 'committed' }]);
  });

  test('taken away before the acknowledgement: it never fetches', async () => {
    const made = rig(() => consumed);
    made.transport.defaultAnswer = 'manual';
    made.transport.firstAssignment = [assigned({ epoch: 1 })];
    await start(made);
    made.transport.listener.lost([{ topic: 'orders', partition: 0, epoch: 1 }], new KafkaError('GROUP_FENCED', 'gone'));
    made.transport.sent[0]?.answer('acknowledged');
    await made.clock.advance(1_000);
    expect(made.transport.fetches).toEqual([]);
  });
});

describe('latest', () => {
  const latest = { autoOffsetReset: 'latest' } as const;

  test('looks before it joins, so that what is produced in between is not lost', async () => {
    const made = rig(() => consumed, { options: latest, topics: { orders: { partitions: 1, logEnds: [7] } } });
    made.transport.firstAssignment = [assigned({ epoch: 1, logEndOffset: 12 })];
    await start(made);
    expect(made.transport.calls.indexOf('describeTopics')).toBeLessThan(made.transport.calls.indexOf('createConsumer'));
    expect(made.transport.fetches).toMatchObject([{ offset: 7 }]);
  });

  test('a partition that is added later starts at its beginning', async () => {
    const made = rig(() => consumed, { options: latest, topics: { orders: { partitions: 1, logEnds: [7] } } });
    made.transport.firstAssignment = [assigned({ epoch: 1, logEndOffset: 12 }), assigned({ epoch: 2, partition: 1, logEndOffset: 4 })];
    await start(made);
    expect(made.kinds('start-resolved')).toMatchObject([
      { offset: 7, reason: 'latest' },
      { offset: 0, reason: 'partition-added' },
    ]);
  });

  test('in a topic that the group has committed in before, a partition without a commit starts at its beginning', async () => {
    const made = rig(() => consumed, { options: latest, topics: { orders: { partitions: 2, logEnds: [7, 9], committed: [3, null] } } });
    made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 3 }), assigned({ epoch: 2, partition: 1 })];
    await start(made);
    expect(made.kinds('start-resolved')).toMatchObject([
      { offset: 3, reason: 'committed' },
      { offset: 0, reason: 'partition-added' },
    ]);
  });

  test('first start is told apart by topic', async () => {
    const topics = { orders: { partitions: 1, logEnds: [7], committed: [3] }, returns: { partitions: 1, logEnds: [9] } };
    const handler = handlerOf(() => consumed);
    const made = rig(() => consumed, {
      options: latest,
      topics,
      handlers: new Map([
        ['orders', handler],
        ['returns', handler],
      ]),
    });
    made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 3 }), assigned({ epoch: 2, topic: 'returns' })];
    await start(made);
    expect(made.kinds('start-resolved')).toMatchObject([{ offset: 3 }, { topic: 'returns', offset: 9, reason: 'latest' }]);
  });
});

describe('a negative committed offset', () => {
  test('counts as none and is told', async () => {
    const made = rig(() => consumed);
    made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: -2, logStartOffset: 4 })];
    await start(made);
    expect(made.kinds('warning')).toMatchObject([{ error: { code: 'OFFSET_OUT_OF_RANGE' } }]);
    expect(made.kinds('start-resolved')).toMatchObject([{ offset: 4, reason: 'earliest' }]);
    expect(made.transport.committed).toEqual(['orders/0@4']);
  });
});

test('a topic of which the group has nothing but a negative offset is past its first start: latest loses nothing of it', async () => {
  const topics = { orders: { partitions: 2, logEnds: [7, 9], committed: [-1, null] } };
  const made = rig(() => consumed, { options: { autoOffsetReset: 'latest' }, topics });
  made.transport.firstAssignment = [assigned({ epoch: 1, partition: 1, logStartOffset: 3, logEndOffset: 9 })];
  await start(made);
  expect(made.kinds('start-resolved')).toMatchObject([{ offset: 3, reason: 'partition-added' }]);
});

describe('none', () => {
  test('without a commit the start fails, and the member leaves the group', async () => {
    const made = rig(() => consumed, { options: { autoOffsetReset: 'none' } });
    made.transport.firstAssignment = [assigned({ epoch: 1 })];
    const error = await start(made);
    expect(error).toMatchObject({ code: 'NO_COMMITTED_OFFSET', message: expect.stringMatching(/billing.*orders\/0/) });
    await made.clock.settle();
    expect(made.transport.calls.at(-1)).toBe('stop');
    expect(made.transport.sent).toEqual([]);
    await expect(made.consumer.stopped).rejects.toMatchObject({ code: 'NO_COMMITTED_OFFSET' });
    expect(made.kinds('fatal')).toHaveLength(1);
  });

  test('it ends a running consumer too, when a partition without a commit is assigned', async () => {
    const made = rig(() => consumed, { options: { autoOffsetReset: 'none' } });
    made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
    await start(made);
    made.transport.batch(batchOf(0, 2, { epoch: 1 }));
    made.transport.assign([assigned({ epoch: 2, partition: 1 })]);
    const stopped = made.consumer.stopped.catch((error: unknown) => error);
    await made.clock.advance(5_000);
    expect(await stopped).toMatchObject({ code: 'NO_COMMITTED_OFFSET' });
    expect(made.consumer.health()).toMatchObject({ state: 'failed', failure: { code: 'NO_COMMITTED_OFFSET' } });
  });
});

describe('out of range', () => {
  const running = async (reset: 'earliest' | 'latest' | 'none'): Promise<Rig> => {
    const made = rig(({ offset }) => (offset === 0 ? skipped(50_000) : consumed), { options: { autoOffsetReset: reset } });
    made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
    await start(made);
    made.transport.batch(batchOf(0, 3, { epoch: 1 }));
    await made.clock.settle();
    return made;
  };
  const range = { topic: 'orders', partition: 0, epoch: 1, fetchedFrom: 3 };

  test('at assignment, below the log start: the removed range is told, the new start committed', async () => {
    const made = rig(() => consumed);
    made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 2, logStartOffset: 6 })];
    await start(made);
    expect(made.kinds('range-removed')).toMatchObject([{ from: 2, to: 6 }]);
    expect(made.kinds('start-resolved')).toMatchObject([{ offset: 6, reason: 'log-start-passed' }]);
    expect(made.transport.committed).toEqual(['orders/0@6']);
    expect(made.transport.fetches).toMatchObject([{ offset: 6 }]);
  });

  test('at assignment, above the log end: halted, nothing fetched, nothing committed', async () => {
    const made = rig(() => consumed);
    made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 12, logEndOffset: 11 })];
    await start(made);
    await made.clock.advance(10_000);
    expect(made.consumer.health().partitions).toMatchObject([{ phase: 'halted', halted: { code: 'OFFSET_OUT_OF_RANGE' } }]);
    expect(made.kinds('halted')).toHaveLength(1);
    expect([made.transport.fetches, made.transport.sent]).toEqual([[], []]);
  });

  test.each(['earliest', 'latest'] as const)(
    'at a fetch, below the log start (%s): goes on there, and open records stay open',
    async (reset) => {
      const made = await running(reset);
      made.transport.listener.outOfRange({ ...range, logStartOffset: 10, logEndOffset: 20 });
      expect(made.transport.fetches).toHaveLength(1);
      await made.clock.advance(1_000);
      expect(made.kinds('range-removed')).toMatchObject([{ from: 3, to: 10 }]);
      expect(made.transport.fetches.at(-1)).toMatchObject({ offset: 10 });
      expect(made.transport.committed).toEqual([]);
      made.transport.batch(batchOf(10, 12, { epoch: 1 }));
      await made.clock.advance(60_000);
      expect(made.transport.committed).toEqual([]);
      expect(made.delivered).toEqual([0, 0]);
    },
  );

  test('at a fetch, below the log start with nothing open: the new position is committed, though nothing more comes', async () => {
    const made = rig(() => consumed);
    made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
    await start(made);
    made.transport.listener.outOfRange({ ...range, fetchedFrom: 0, logStartOffset: 10, logEndOffset: 10 });
    await made.clock.advance(1_000);
    expect(made.transport.committed).toEqual(['orders/0@10']);
  });

  test('at a fetch, below the log start (none): fails clearly, and what is terminal is committed', async () => {
    const made = await running('none');
    const stopped = made.consumer.stopped.catch((error: unknown) => error);
    made.transport.listener.outOfRange({ ...range, logStartOffset: 10, logEndOffset: 20 });
    await made.clock.advance(5_000);
    expect(await stopped).toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
  });

  test.each(['earliest', 'latest', 'none'] as const)(
    'at a fetch, above the log end (%s): halted, never a jump, no commit of the old ledger',
    async (reset) => {
      const made = await running(reset);
      made.transport.listener.outOfRange({ ...range, logStartOffset: 0, logEndOffset: 2 });
      await made.clock.advance(120_000);
      expect(made.consumer.health().partitions).toMatchObject([{ phase: 'halted', halted: { code: 'OFFSET_OUT_OF_RANGE' } }]);
      expect(made.transport.fetches).toHaveLength(1);
      expect(made.transport.sent).toEqual([]);
      expect(made.delivered).toEqual([0]);
    },
  );

  test('written over below the position: halted, and nothing of the old ledger is committed, though the log is longer than that', async () => {
    const made = rig(() => consumed);
    made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
    await start(made);
    made.transport.answers = ['unknown'];
    made.transport.batch(batchOf(0, 3, { epoch: 1 }));
    await made.clock.settle();
    made.transport.listener.outOfRange({ ...range, fetchedFrom: 3, logStartOffset: 0, logEndOffset: 20, writtenOverFrom: 1 });
    await made.clock.advance(60_000);
    const [partition] = made.consumer.health().partitions;
    expect(partition).toMatchObject({ phase: 'halted', halted: { code: 'OFFSET_OUT_OF_RANGE' } });
    expect(partition?.halted?.message).toContain('orders/0: its records from offset 1 to 2 were written over');
    expect(made.kinds('halted')).toMatchObject([
      { error: { details: { topic: 'orders', partition: 0, writtenOverFrom: 1, position: 3 } } },
    ]);
    expect([made.transport.committed, made.transport.fetches.length]).toEqual([['orders/0@3'], 1]);
    expect(made.consumer.retryHalted({ topic: 'orders', partition: 0 })).toBe(0);
  });

  const comesBackAfterWrittenOver = async (): Promise<(epoch: number, committedOffset: number) => Promise<string | undefined>> => {
    const made = await running('earliest');
    made.transport.listener.outOfRange({ ...range, logStartOffset: 0, logEndOffset: 20, writtenOverFrom: 1 });
    return async (epoch, committedOffset) => {
      made.transport.listener.lost([{ topic: 'orders', partition: 0, epoch: epoch - 1 }], new KafkaError('GROUP_FENCED', 'evicted'));
      made.transport.assign([assigned({ epoch, committedOffset, logEndOffset: 20 })]);
      await made.clock.settle();
      return made.consumer.health().partitions[0]?.phase;
    };
  };

  test('written over: halted in the next epoch too, until the group stands no higher than where that begins', async () => {
    const comesBackAt = await comesBackAfterWrittenOver();
    expect(await comesBackAt(2, 3)).toBe('halted');
    expect(await comesBackAt(3, 2)).toBe('halted');
    expect(await comesBackAt(4, 1)).toBe('active');
    expect(await comesBackAt(5, 3)).toBe('active');
  });

  test('written over: not halted any more once the group stands above what was fetched, where another member went on', async () => {
    const comesBackAt = await comesBackAfterWrittenOver();
    expect(await comesBackAt(2, 3)).toBe('halted');
    expect(await comesBackAt(3, 4)).toBe('active');
    expect(await comesBackAt(4, 3)).toBe('active');
  });

  test('written over, told of a fetch that is not that of the position: fetched again from there, which tells', async () => {
    const made = await running('earliest');
    made.transport.listener.outOfRange({ ...range, fetchedFrom: 2, logStartOffset: 0, logEndOffset: 20, writtenOverFrom: 1 });
    await made.clock.settle();
    expect(made.consumer.health().partitions).toMatchObject([{ phase: 'active' }]);
    expect(made.transport.fetches.at(-1)).toMatchObject({ offset: 3 });
  });

  test('above the log end with something terminal that is not committed: it stays uncommitted', async () => {
    const made = rig(() => consumed);
    made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
    await start(made);
    made.transport.answers = ['unknown'];
    made.transport.batch(batchOf(0, 3, { epoch: 1 }));
    await made.clock.settle();
    expect(made.transport.committed).toEqual(['orders/0@3']);
    made.transport.listener.outOfRange({ ...range, logStartOffset: 0, logEndOffset: 2 });
    await made.clock.advance(60_000);
    void made.consumer.stop();
    await made.clock.advance(60_000);
    expect(made.transport.committed).toEqual(['orders/0@3']);
  });

  test('told of an offset that is not the position any more, it asks for the position and passes nothing over', async () => {
    const made = await running('earliest');
    made.transport.listener.outOfRange({ ...range, fetchedFrom: 1, logStartOffset: 10, logEndOffset: 20 });
    await made.clock.settle();
    expect(made.kinds('range-removed')).toEqual([]);
    expect(made.transport.fetches.at(-1)).toMatchObject({ offset: 3 });
  });

  test('what the log has after all is fetched again, so many times', async () => {
    const made = await running('earliest');
    for (let times = 0; times < 6; times++) {
      made.transport.listener.outOfRange({ ...range, logStartOffset: 0, logEndOffset: 20 });
      await made.clock.settle();
    }
    expect(made.transport.fetches.slice(1).map(({ offset }) => offset)).toEqual([3, 3, 3, 3, 3]);
    expect(made.consumer.health().partitions).toMatchObject([{ phase: 'halted', halted: { code: 'PROTOCOL' } }]);
  });

  test('a topic that was made again while the consumer ran halts where an offset is left behind', async () => {
    const made = rig(() => consumed);
    made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 2, topicId: 'a' })];
    await start(made);
    made.transport.listener.lost([{ topic: 'orders', partition: 0, epoch: 1 }], new KafkaError('GROUP_FENCED', 'gone'));
    made.transport.assign([assigned({ epoch: 2, committedOffset: 2, topicId: 'b' })]);
    await made.clock.settle();
    expect(made.consumer.health().partitions).toMatchObject([{ epoch: 2, phase: 'halted', halted: { code: 'OFFSET_OUT_OF_RANGE' } }]);
  });
});

test('a partition of a topic without a handler is halted before it fetches anything', async () => {
  const made = rig(() => consumed);
  made.transport.firstAssignment = [assigned({ epoch: 1, topic: 'strangers', committedOffset: 0 })];
  await start(made);
  await made.clock.advance(1_000);
  expect(made.consumer.health().partitions).toMatchObject([{ phase: 'halted', halted: { code: 'HANDLER_MISSING' } }]);
  expect(made.transport.fetches).toEqual([]);
  expect(made.logs).toContainEqual(expect.objectContaining({ level: 'error', message: expect.stringContaining('strangers') }));
});
