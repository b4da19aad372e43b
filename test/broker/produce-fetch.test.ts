import { describe, expect, test } from 'vitest';
import type { FetchRequest } from '../../testing/broker/protocol-data.ts';
import type { Response } from '../../testing/broker/protocol.ts';
import { Harness, record, START_MS } from './harness.ts';

function fetchFrom(
  topic: string,
  partition: number,
  fetchOffset: number,
  changes: Partial<FetchRequest> = {},
  partitionMaxBytes = 1_000_000,
): FetchRequest {
  return {
    maxWaitMs: 500,
    minBytes: 1,
    maxBytes: 10_000_000,
    isolationLevel: 'read_committed',
    partitions: [{ topic, partition, fetchOffset, partitionMaxBytes }],
    ...changes,
  };
}

const offsets = (response: Response<'Fetch'> | null, index = 0): number[] =>
  response?.partitions[index]?.batches.flatMap(({ records }) => records.map(({ offset }) => offset)) ?? [];

function withTopic(partitions = 1, configs: Record<string, string> = {}): Harness {
  const harness = new Harness();
  harness.createTopic('orders', partitions, configs);
  return harness;
}

describe('Produce refuses, in this order', () => {
  const cases = [
    ['acks', 'INVALID_REQUIRED_ACKS', { acks: 2, topic: 'none', partition: 0 }],
    ['an unknown topic', 'UNKNOWN_TOPIC_OR_PARTITION', { topic: 'none', partition: 0 }],
    ['an unknown partition', 'UNKNOWN_TOPIC_OR_PARTITION', { topic: 'orders', partition: 7 }],
    ['a broker that does not lead', 'NOT_LEADER_OR_FOLLOWER', { node: 2, records: [] }],
    ['no records', 'INVALID_RECORD', { records: [] }],
    ['a batch that is too large, whatever its timestamp', 'MESSAGE_TOO_LARGE', { records: [record('x'.repeat(2_000), 0)] }],
    [
      'a record without a key on a compacted topic',
      'INVALID_RECORD',
      { topic: 'compacted', node: 2, records: [record('x', START_MS + 3_600_001)] },
    ],
    ['a timestamp more than an hour ahead', 'INVALID_TIMESTAMP', { records: [record('x', START_MS + 3_600_001)] }],
  ] as const;
  test.each(cases)('%s: %s', (_, errorCode, changes) => {
    const harness = withTopic(1, { 'max.message.bytes': '1000' });
    harness.createTopic('compacted', 1, { 'cleanup.policy': 'compact' });
    const { acks, node, ...target } = { acks: -1, node: 1, ...changes };
    const partitions = [{ topic: 'orders', partition: 0, records: [record('x'.repeat(2_000))], ...target }];
    const response = harness.ask('Produce', { acks, partitions }, { node });
    expect(response.partitions[0]).toMatchObject({ errorCode, baseOffset: -1 });
    expect(harness.cluster.log('orders', 0)?.logEndOffset).toBe(0);
  });

  test('one partition and takes the others', () => {
    const harness = withTopic();
    const response = harness.ask(
      'Produce',
      {
        acks: -1,
        partitions: [
          { topic: 'none', partition: 0, records: [record('a')] },
          { topic: 'orders', partition: 0, records: [record('a'), record('b')] },
        ],
      },
      { node: 1 },
    );
    expect(response.partitions.map(({ errorCode, baseOffset }) => [errorCode, baseOffset])).toEqual([
      ['UNKNOWN_TOPIC_OR_PARTITION', -1],
      ['NONE', 0],
    ]);
  });
});

test('acks 0 gets no answer, and the connection goes on', () => {
  const harness = withTopic();
  const sent = harness.send(
    'Produce',
    { acks: 0, partitions: [{ topic: 'orders', partition: 0, records: [record('a')] }] },
    { connection: 'c' },
  );
  expect(sent.response()).toBeNull();
  expect(harness.ask('Metadata', { topics: [] }, { connection: 'c' }).topics).toEqual([]);
  expect(harness.cluster.log('orders', 0)?.logEndOffset).toBe(1);
});

test('key, value, headers and timestamps are kept as they came; null is not empty', () => {
  const harness = withTopic();
  const full = {
    key: new Uint8Array([1]),
    value: new Uint8Array(0),
    headers: [
      ['b', new Uint8Array([2])],
      ['a', null],
      ['b', new Uint8Array(0)],
    ] as const,
    timestamp: START_MS - 5,
  };
  const bare = { key: null, value: null, headers: [], timestamp: 0 };
  harness.produce('orders', 0, [full, bare]);
  expect([...(harness.cluster.log('orders', 0)?.records() ?? [])]).toEqual([
    { topic: 'orders', partition: 0, offset: 0, ...full },
    { topic: 'orders', partition: 0, offset: 1, ...bare },
  ]);
});

test('log-append time replaces the timestamps and is told', () => {
  const harness = withTopic(1, { 'message.timestamp.type': 'LogAppendTime' });
  harness.advance(1_000);
  expect(harness.produce('orders', 0, [record('a', 5)])).toMatchObject({ errorCode: 'NONE', logAppendTimeMs: START_MS + 1_000 });
  const [stored] = harness.cluster.log('orders', 0)?.records() ?? [];
  expect(stored?.timestamp).toBe(START_MS + 1_000);
});

describe('Fetch', () => {
  test('inside a batch hands out the whole batch; at the log end nothing', () => {
    const harness = withTopic();
    harness.produce('orders', 0, [record('a'), record('b'), record('c')]);
    harness.produce('orders', 0, [record('d')]);
    expect(offsets(harness.ask('Fetch', fetchFrom('orders', 0, 1)))).toEqual([0, 1, 2, 3]);
    expect(offsets(harness.ask('Fetch', fetchFrom('orders', 0, 3)))).toEqual([3]);
    const atEnd = harness.ask('Fetch', fetchFrom('orders', 0, 4, { maxWaitMs: 0 }));
    expect(atEnd.partitions[0]).toMatchObject({ errorCode: 'NONE', highWatermark: 4, lastStableOffset: 4, logStartOffset: 0, batches: [] });
  });

  test.each([-1, 2, 5])('at offset %i of a log from 3 to 4 is out of range, at once', (fetchOffset) => {
    const harness = withTopic();
    harness.produce('orders', 0, [record('a'), record('b'), record('c'), record('d')]);
    harness.ask('DeleteRecords', { partitions: [{ topic: 'orders', partition: 0, offset: 3 }] });
    const { partitions } = harness.ask('Fetch', fetchFrom('orders', 0, fetchOffset));
    expect(partitions[0]).toMatchObject({ errorCode: 'OFFSET_OUT_OF_RANGE', highWatermark: -1, logStartOffset: -1, batches: [] });
  });

  test.each([
    ['UNKNOWN_TOPIC_OR_PARTITION', 'none', 1],
    ['NOT_LEADER_OR_FOLLOWER', 'orders', 2],
  ] as const)('%s is answered at once', (errorCode, topic, node) => {
    const harness = withTopic();
    expect(harness.ask('Fetch', fetchFrom(topic, 0, 0), { node }).partitions[0]?.errorCode).toBe(errorCode);
  });

  test('takes whole batches up to each limit, and the first batch whatever its size', () => {
    const harness = new Harness({ brokers: 1 });
    harness.createTopic('orders', 2);
    for (const partition of [0, 1]) for (const value of ['a', 'b', 'c']) harness.produce('orders', partition, [record(value)]);
    const size = [...(harness.cluster.log('orders', 0)?.batches() ?? [])][0]?.sizeInBytes ?? 0;
    const read = (maxBytes: number, perPartition: number): number[][] => {
      const partitions = [0, 1].map((partition) => ({ topic: 'orders', partition, fetchOffset: 0, partitionMaxBytes: perPartition }));
      const response = harness.ask('Fetch', fetchFrom('orders', 0, 0, { maxBytes, partitions }));
      return [offsets(response, 0), offsets(response, 1)];
    };
    expect(read(10_000, 10_000)).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
    expect(read(10_000, 2 * size)).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(read(4 * size, 10_000)).toEqual([[0, 1, 2], [0]]);
    expect(read(10_000, 1)).toEqual([[0], []]);
    expect(read(1, 1)).toEqual([[0], []]);
  });
});

describe('Long poll', () => {
  test('waits for an append, and for the time-out else', () => {
    const harness = withTopic();
    const first = harness.send('Fetch', fetchFrom('orders', 0, 0));
    expect(first.response()).toBeNull();
    expect(harness.cluster.nextDeadline()).toBe(START_MS + 500);
    harness.advance(100);
    harness.produce('orders', 0, [record('a')]);
    expect(offsets(first.response())).toEqual([0]);
    const second = harness.send('Fetch', fetchFrom('orders', 0, 1));
    harness.advance(499);
    expect(second.response()).toBeNull();
    harness.advance(1);
    expect(second.response()?.partitions[0]).toMatchObject({ errorCode: 'NONE', batches: [] });
  });

  test('waits until minBytes are there, over all partitions', () => {
    const harness = new Harness({ brokers: 1 });
    harness.createTopic('orders', 2);
    const partitions = [0, 1].map((partition) => ({ topic: 'orders', partition, fetchOffset: 0, partitionMaxBytes: 10_000 }));
    const sent = harness.send('Fetch', fetchFrom('orders', 0, 0, { minBytes: 138, partitions }));
    harness.produce('orders', 0, [record('a')]);
    expect(sent.response()).toBeNull();
    harness.produce('orders', 1, [record('a')]);
    expect([offsets(sent.response(), 0), offsets(sent.response(), 1)]).toEqual([[0], [0]]);
  });

  test('ends when the topic is deleted', () => {
    const harness = withTopic();
    const sent = harness.send('Fetch', fetchFrom('orders', 0, 0));
    harness.ask('DeleteTopics', { topics: ['orders'] });
    expect(sent.response()?.partitions[0]?.errorCode).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    expect(harness.cluster.nextDeadline()).toBeNull();
  });

  test('is forgotten with its connection', () => {
    const harness = withTopic();
    const sent = harness.send('Fetch', fetchFrom('orders', 0, 0), { connection: 'c' });
    harness.cluster.disconnect('c');
    harness.produce('orders', 0, [record('a')]);
    harness.advance(1_000);
    expect(sent.response()).toBeNull();
  });
});

describe('A connection', () => {
  test('answers in order: what comes behind a parked request waits for it', () => {
    const harness = withTopic();
    const parked = harness.send('Fetch', fetchFrom('orders', 0, 0), { connection: 'c' });
    const behind = harness.send('Metadata', { topics: [] }, { node: 1, connection: 'c' });
    expect(behind.response()).toBeNull();
    harness.produce('orders', 0, [record('a')]);
    expect(harness.replies.filter(({ connection }) => connection === 'c').map(({ correlationId }) => correlationId)).toEqual([
      parked.correlationId,
      behind.correlationId,
    ]);
  });

  test('that is closed answers nothing that waited', () => {
    const harness = withTopic();
    harness.send('Fetch', fetchFrom('orders', 0, 0), { connection: 'c' });
    const behind = harness.send(
      'CreateTopics',
      { topics: [{ name: 'late', numPartitions: 1, replicationFactor: 1, assignments: null, configs: {} }] },
      { connection: 'c' },
    );
    harness.cluster.disconnect('c');
    harness.advance(1_000);
    expect(behind.response()).toBeNull();
    expect(harness.cluster.topics()).toEqual(['orders']);
  });

  test('belongs to one broker', () => {
    const harness = withTopic();
    harness.ask('Metadata', { topics: [] }, { node: 1, connection: 'c' });
    expect(() => harness.ask('Metadata', { topics: [] }, { node: 2, connection: 'c' })).toThrow('Connection c leads to broker 1, not to 2');
  });
});

test('time never goes backward', () => {
  const harness = withTopic();
  harness.advance(10);
  expect(() => harness.cluster.advance(START_MS)).toThrow(`now: expected at least ${START_MS + 10}, got ${START_MS}`);
});
