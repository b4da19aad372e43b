import { describe, expect, test } from 'vitest';
import type { Apis } from '../../testing/broker/protocol.ts';
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP, MAX_TIMESTAMP } from '../../testing/broker/protocol-data.ts';
import { commitRequest, Harness, record, START_MS } from './harness.ts';

type NewTopic = Apis['CreateTopics']['request']['topics'][number];
const newTopic = (changes: Partial<NewTopic>): NewTopic => ({
  name: 'new',
  numPartitions: 1,
  replicationFactor: 1,
  assignments: null,
  configs: {},
  ...changes,
});
const byHand = (assignments: readonly (readonly number[])[]): Partial<NewTopic> => ({
  numPartitions: -1,
  replicationFactor: -1,
  assignments,
});

describe('CreateTopics', () => {
  const cases: readonly [string, string, Partial<NewTopic>][] = [
    ['a name with a space', 'INVALID_TOPIC_EXCEPTION', { name: 'a b' }],
    ['an empty name', 'INVALID_TOPIC_EXCEPTION', { name: '' }],
    ['a name of 250 characters', 'INVALID_TOPIC_EXCEPTION', { name: 'a'.repeat(250) }],
    ['an existing topic', 'TOPIC_ALREADY_EXISTS', { name: 'or.ders', configs: { nonsense: '1' } }],
    ['a name that collides', 'INVALID_TOPIC_EXCEPTION', { name: 'or_ders' }],
    ['an unknown configuration', 'INVALID_CONFIG', { configs: { 'retention.hours': '1' }, numPartitions: 0 }],
    ['a configuration with a bad value', 'INVALID_CONFIG', { configs: { 'retention.ms': 'long' } }],
    ['no partitions', 'INVALID_PARTITIONS', { numPartitions: 0 }],
    ['no replicas', 'INVALID_REPLICATION_FACTOR', { replicationFactor: 0 }],
    ['more replicas than brokers', 'INVALID_REPLICATION_FACTOR', { replicationFactor: 3 }],
    ['an assignment and a number of partitions', 'INVALID_REQUEST', { ...byHand([[1]]), numPartitions: 1 }],
    ['an assignment and a replication factor', 'INVALID_REQUEST', { ...byHand([[1]]), replicationFactor: 1 }],
    ['an assignment to a broker that is not there', 'INVALID_REPLICA_ASSIGNMENT', byHand([[9]])],
    ['an assignment of nobody', 'INVALID_REPLICA_ASSIGNMENT', byHand([[]])],
    ['an assignment twice to one broker', 'INVALID_REPLICA_ASSIGNMENT', byHand([[1, 1]])],
  ];
  test.each(cases)('refuses %s: %s', (_, errorCode, changes) => {
    const harness = new Harness();
    harness.createTopic('or.ders');
    expect(harness.ask('CreateTopics', { topics: [newTopic(changes)] }).topics[0]).toMatchObject({
      errorCode,
      topicId: null,
      errorMessage: expect.any(String),
    });
    expect(harness.cluster.topics()).toEqual(['or.ders']);
  });

  test('refuses a name that is asked for twice', () => {
    const harness = new Harness();
    expect(harness.ask('CreateTopics', { topics: [newTopic({}), newTopic({})] }).topics.map(({ errorCode }) => errorCode)).toEqual([
      'INVALID_REQUEST',
    ]);
  });

  test('spreads leaders over the brokers, and topics of one partition too', () => {
    const harness = new Harness({ brokers: 3 });
    for (const name of ['a', 'b', 'c']) harness.createTopic(name, 3);
    const leaders = (topic: string): unknown[] => [0, 1, 2].map((partition) => harness.cluster.log(topic, partition)?.leader);
    expect([leaders('a'), leaders('b'), leaders('c')]).toEqual([
      [1, 2, 3],
      [2, 3, 1],
      [3, 1, 2],
    ]);
  });

  test('takes the first of each assignment as the leader', () => {
    const harness = new Harness({ brokers: 3 });
    harness.ask('CreateTopics', {
      topics: [
        newTopic(
          byHand([
            [3, 1],
            [2, 3],
          ]),
        ),
      ],
    });
    const [topic] = harness.ask('Metadata', { topics: ['new'] }).topics;
    expect(topic?.partitions.map(({ leader, replicas }) => [leader, replicas])).toEqual([
      [3, [3, 1]],
      [2, [2, 3]],
    ]);
  });
});

describe('Metadata', () => {
  test('never creates a topic', () => {
    const harness = new Harness();
    const { topics, brokers } = harness.ask('Metadata', { topics: ['none', 'a b'] });
    expect(topics.map(({ errorCode, topicId }) => [errorCode, topicId])).toEqual([
      ['UNKNOWN_TOPIC_OR_PARTITION', null],
      ['INVALID_TOPIC_EXCEPTION', null],
    ]);
    expect(brokers).toEqual([{ nodeId: 1 }, { nodeId: 2 }]);
    expect(harness.ask('Metadata', { topics: null }).topics).toEqual([]);
  });
});

describe('DeleteTopics', () => {
  test('takes records and committed offsets along; the topic made again has another id', () => {
    const harness = new Harness();
    harness.createTopic('orders');
    harness.produce('orders', 0, [record('a')]);
    harness.ask('OffsetCommit', commitRequest('g', -1, '', 1));
    const before = harness.cluster.log('orders', 0)?.topicId;
    expect(harness.ask('DeleteTopics', { topics: ['orders', 'none'] }).topics.map(({ errorCode }) => errorCode)).toEqual([
      'NONE',
      'UNKNOWN_TOPIC_OR_PARTITION',
    ]);
    expect(harness.cluster.log('orders', 0)).toBeNull();
    harness.createTopic('orders');
    expect(harness.cluster.log('orders', 0)).toMatchObject({ logStartOffset: 0, logEndOffset: 0 });
    expect(harness.cluster.log('orders', 0)?.topicId).not.toBe(before);
    expect(harness.cluster.committedOffset('g', 'orders', 0)).toBeNull();
  });
});

describe('CreatePartitions', () => {
  test('adds to the end, and refuses what is no increase', () => {
    const harness = new Harness();
    harness.createTopic('orders', 2);
    harness.produce('orders', 1, [record('a')]);
    const add = (name: string, count: number, assignments: number[][] | null = null): unknown =>
      harness.ask('CreatePartitions', { topics: [{ name, count, assignments }] }).results[0]?.errorCode;
    expect(add('none', 3)).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    expect(add('orders', 2)).toBe('INVALID_PARTITIONS');
    expect(add('orders', 1)).toBe('INVALID_PARTITIONS');
    expect(add('orders', 4, [[1]])).toBe('INVALID_REPLICA_ASSIGNMENT');
    expect(add('orders', 3, [[5]])).toBe('INVALID_REPLICA_ASSIGNMENT');
    expect(add('orders', 4)).toBe('NONE');
    expect([0, 1, 2, 3].map((partition) => harness.cluster.log('orders', partition)?.leader)).toEqual([1, 2, 1, 2]);
    expect(harness.cluster.log('orders', 1)?.logEndOffset).toBe(1);
  });
});

describe('DeleteRecords', () => {
  test('moves the log start, at most to the high watermark, never back', () => {
    const harness = new Harness();
    harness.createTopic('orders');
    harness.produce('orders', 0, [record('a'), record('b'), record('c')]);
    const remove = (offset: number, node = 1, topic = 'orders'): unknown =>
      harness.ask('DeleteRecords', { partitions: [{ topic, partition: 0, offset }] }, { node }).partitions[0];
    expect(remove(1, 1, 'none')).toMatchObject({ errorCode: 'UNKNOWN_TOPIC_OR_PARTITION', lowWatermark: -1 });
    expect(remove(1, 2)).toMatchObject({ errorCode: 'NOT_LEADER_OR_FOLLOWER', lowWatermark: -1 });
    expect(remove(4)).toMatchObject({ errorCode: 'OFFSET_OUT_OF_RANGE', lowWatermark: -1 });
    expect(remove(-2)).toMatchObject({ errorCode: 'OFFSET_OUT_OF_RANGE', lowWatermark: -1 });
    expect(remove(2)).toMatchObject({ errorCode: 'NONE', lowWatermark: 2 });
    expect([...(harness.cluster.log('orders', 0)?.records() ?? [])].map(({ offset }) => offset)).toEqual([2]);
    expect(remove(1)).toMatchObject({ errorCode: 'NONE', lowWatermark: 2 });
    expect(remove(-1)).toMatchObject({ errorCode: 'NONE', lowWatermark: 3 });
  });

  test('is refused on a topic that is only compacted', () => {
    const harness = new Harness();
    harness.createTopic('orders', 1, { 'cleanup.policy': 'compact' });
    expect(harness.ask('DeleteRecords', { partitions: [{ topic: 'orders', partition: 0, offset: -1 }] }).partitions[0]?.errorCode).toBe(
      'POLICY_VIOLATION',
    );
  });
});

describe('ListOffsets', () => {
  test('finds the ends, a time, and the greatest time', () => {
    const harness = new Harness();
    harness.createTopic('orders');
    harness.produce('orders', 0, [record('a', 100), record('b', 300)]);
    harness.produce('orders', 0, [record('c', 200), record('d', 300)]);
    harness.ask('DeleteRecords', { partitions: [{ topic: 'orders', partition: 0, offset: 1 }] });
    const find = (timestamp: number, node = 1): unknown[] => {
      const { partitions } = harness.ask(
        'ListOffsets',
        { isolationLevel: 'read_committed', partitions: [{ topic: 'orders', partition: 0, timestamp }] },
        { node },
      );
      return [partitions[0]?.errorCode, partitions[0]?.offset, partitions[0]?.timestamp];
    };
    expect(find(EARLIEST_TIMESTAMP)).toEqual(['NONE', 1, -1]);
    expect(find(LATEST_TIMESTAMP)).toEqual(['NONE', 4, -1]);
    expect(find(MAX_TIMESTAMP)).toEqual(['NONE', 1, 300]);
    expect(find(0)).toEqual(['NONE', 1, 300]);
    expect(find(300)).toEqual(['NONE', 1, 300]);
    expect(find(301)).toEqual(['NONE', -1, -1]);
    expect(find(0, 2)).toEqual(['NOT_LEADER_OR_FOLLOWER', -1, -1]);
  });
});

describe('Retention', () => {
  const start = (harness: Harness): number | undefined => harness.cluster.log('orders', 0)?.logStartOffset;

  test('by time, at the check after the newest record of the oldest batch is too old', () => {
    const harness = new Harness();
    harness.createTopic('orders', 1, { 'retention.ms': '400000' });
    harness.produce('orders', 0, [record('a', START_MS - 10), record('b', START_MS)]);
    harness.advance(1_000);
    harness.produce('orders', 0, [record('c', START_MS + 300_000)]);
    expect(harness.cluster.nextDeadline()).toBe(START_MS + 600_000);
    harness.advance(598_999);
    expect(start(harness)).toBe(0);
    harness.advance(1);
    expect(start(harness)).toBe(2);
    harness.advance(300_000);
    expect(start(harness)).toBe(3);
    expect(harness.cluster.nextDeadline()).toBeNull();
  });

  test('by size, whole batches while what is left still fills the limit', () => {
    const harness = new Harness();
    harness.createTopic('orders', 1, { 'retention.bytes': '140', 'retention.ms': '-1' });
    for (const value of ['a', 'b', 'c', 'd']) harness.produce('orders', 0, [record(value)]);
    const size = [...(harness.cluster.log('orders', 0)?.batches() ?? [])][0]?.sizeInBytes ?? 0;
    expect(size).toBe(69);
    harness.advance(300_000);
    // 4 × 69 bytes: one batch may go, for 207 are left; the next would leave 138.
    expect(start(harness)).toBe(1);
    expect(harness.cluster.nextDeadline()).toBeNull();
  });

  test('never on a compacted topic, and never without limits', () => {
    const harness = new Harness();
    harness.createTopic('orders', 1, { 'cleanup.policy': 'compact', 'retention.ms': '1' });
    harness.produce('orders', 0, [record('a', START_MS, 'k')]);
    expect(harness.cluster.nextDeadline()).toBeNull();
  });
});
