/** What is said to both brokers about records and topics. */
import type { Apis, Response } from '../../testing/broker/protocol.ts';
import type { NewRecord } from '../../testing/broker/protocol-data.ts';
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP } from '../../testing/broker/protocol-data.ts';
import type { Talk } from './talk.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const plain = (value: string | null, timestamp: number, key: string | null = null): NewRecord => ({
  key: key === null ? null : text(key),
  value: value === null ? null : text(value),
  headers: [],
  timestamp,
});

export async function records(talk: Talk): Promise<void> {
  const topic = await talk.topic([talk.first, talk.second], { 'max.message.bytes': '1000' });
  const compacted = await talk.topic([talk.first], { 'cleanup.policy': 'compact' });
  const appendTime = await talk.topic([talk.first], { 'message.timestamp.type': 'LogAppendTime' });
  const produce = (
    label: string,
    partitions: Apis['Produce']['request']['partitions'],
    acks = -1,
    node = talk.first,
  ): Promise<Response<'Produce'>> => talk.say(label, 'Produce', { acks, partitions }, { node });
  const now = talk.peer.now();

  await produce('acks 2', [{ topic, partition: 0, records: [plain('a', now)] }], 2);
  await produce('unknown topic', [{ topic: talk.topicName(), partition: 0, records: [plain('a', now)] }]);
  await produce('unknown partition', [{ topic, partition: 9, records: [plain('a', now)] }]);
  await produce('not the leader', [{ topic, partition: 1, records: [plain('a', now)] }]);
  await produce('too large', [{ topic, partition: 0, records: [plain('x'.repeat(1_000), now)] }]);
  // 61 bytes of the batch, 7 of the record and its own length in two, and the value: exactly the limit, and one more.
  await produce('just fits', [{ topic, partition: 0, records: [plain('x'.repeat(1_000 - 61 - 9), 1_000)] }]);
  await produce('one too many', [{ topic, partition: 0, records: [plain('x'.repeat(1_000 - 61 - 8), now)] }]);
  await produce('no key on a compacted topic', [{ topic: compacted, partition: 0, records: [plain('a', now)] }]);
  await produce('no key on a compacted topic, and too large', [
    { topic: compacted, partition: 0, records: [plain('x'.repeat(1_100_000), now)] },
  ]);
  await produce('log-append time', [{ topic: appendTime, partition: 0, records: [plain('a', 5)] }]);
  await produce('several partitions, one refused', [
    {
      topic,
      partition: 0,
      records: [
        {
          key: text('k'),
          value: new Uint8Array(0),
          headers: [
            ['b', text('1')],
            ['a', null],
            ['b', text('')],
          ],
          timestamp: 1_000,
        },
        plain(null, 3_000, 'k'),
      ],
    },
    { topic, partition: 1, records: [plain('a', 2_000)] },
  ]);
  await produce('another batch', [{ topic, partition: 0, records: [plain('c', 2_000), plain('d', 3_000), plain('e', 4_000)] }]);

  const fetch = (
    label: string,
    fetchOffset: number,
    changes: Partial<Apis['Fetch']['request']> = {},
    node = talk.first,
    limit = 100_000,
  ): Promise<Response<'Fetch'>> =>
    talk.say(
      label,
      'Fetch',
      {
        maxWaitMs: 100,
        minBytes: 1,
        maxBytes: 1_000_000,
        isolationLevel: 'read_committed',
        partitions: [{ topic, partition: 0, fetchOffset, partitionMaxBytes: limit }],
        ...changes,
      },
      { node },
    );
  await fetch('from inside a batch', 2);
  await fetch('from the log end', 6);
  await fetch('past the log end', 7);
  await fetch('below the log start', -1);
  await fetch('from a broker that does not lead', 0, {}, talk.second);
  await fetch('of an unknown topic', 0, {
    partitions: [{ topic: talk.topicName(), partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000 }],
  });
  await fetch('with a limit below one batch', 1, {}, talk.first, 1);
  await fetch('with a limit of the whole request below one batch', 1, { maxBytes: 1 });

  const list = (label: string, timestamp: number, node = talk.first, partition = 0): Promise<Response<'ListOffsets'>> =>
    talk.say(label, 'ListOffsets', { isolationLevel: 'read_committed', partitions: [{ topic, partition, timestamp }] }, { node });
  await list('earliest', EARLIEST_TIMESTAMP);
  await list('latest', LATEST_TIMESTAMP);
  await list('at a time between', 2_500);
  await list('after all', now + 1_000_000);
  await produce('ten minutes ahead', [{ topic, partition: 1, records: [plain('a', now + 600_000)] }], -1, talk.second);
  await produce('two hours ahead', [{ topic, partition: 1, records: [plain('a', now + 7_200_000)] }], -1, talk.second);
  await list('list at the wrong broker', LATEST_TIMESTAMP, talk.second);
  await list('of an unknown partition', LATEST_TIMESTAMP, talk.first, 9);

  const remove = (label: string, offset: number, node = talk.first, of = topic): Promise<Response<'DeleteRecords'>> =>
    talk.say(label, 'DeleteRecords', { partitions: [{ topic: of, partition: 0, offset }] }, { node });
  await remove('past the end', 7);
  await remove('negative', -2);
  await remove('remove at the wrong broker', 1, talk.second);
  await remove('of a compacted topic', 0, talk.first, compacted);
  await remove('into a batch', 2);
  await remove('lower', 1);
  await fetch('below the new log start', 1);
  await fetch('from the new log start', 2);
  await list('earliest after removal', EARLIEST_TIMESTAMP);
  await list('a removed time', 1);
  await remove('everything', -1);
  await fetch('from the end of an empty log', 6, { maxWaitMs: 0 });
}

export async function longPoll(talk: Talk): Promise<void> {
  const topic = await talk.topic([talk.first, talk.first]);
  const now = talk.peer.now();
  const partitions = [0, 1].map((partition) => ({ topic, partition, fetchOffset: 0, partitionMaxBytes: 10_000 }));
  const fetch = { maxWaitMs: 5_000, minBytes: 150, maxBytes: 100_000, isolationLevel: 'read_committed', partitions } as const;
  const produce = (partition: number): Promise<unknown> =>
    talk.ask('Produce', { acks: -1, partitions: [{ topic, partition, records: [plain('abcdefgh', now)] }] });
  const waiting = talk.open('Fetch', fetch, { connection: 'poll' });
  talk.note('is held', await waiting.held());
  const behind = talk.open('Metadata', { topics: [] }, { connection: 'poll' });
  talk.note('what comes behind is held', await behind.held());
  await produce(0);
  talk.note('one batch is not enough', await waiting.held());
  await produce(1);
  const response = await waiting.answer;
  talk.note(
    'two are',
    response.partitions.map(({ errorCode, batches }) => [errorCode, batches.length]),
  );
  await behind.answer;

  const second = talk.open('Fetch', { ...fetch, partitions: [{ topic, partition: 0, fetchOffset: 1, partitionMaxBytes: 1 }] });
  talk.note('is held again', await second.held());
  await talk.ask('DeleteTopics', { topics: [topic] });
  await talk.hear('its topic is deleted', second);
}

export async function topics(talk: Talk): Promise<void> {
  const existing = await talk.topic([talk.first]);
  type NewTopic = Apis['CreateTopics']['request']['topics'][number];
  const create = (label: string, changes: Partial<NewTopic>): Promise<Response<'CreateTopics'>> =>
    talk.say(label, 'CreateTopics', {
      topics: [{ name: talk.topicName(), numPartitions: 1, replicationFactor: 1, assignments: null, configs: {}, ...changes }],
    });
  const byHand = (assignments: number[][]): Partial<NewTopic> => ({ numPartitions: -1, replicationFactor: -1, assignments });
  await create('exists, and a bad configuration', { name: existing, configs: { nonsense: '1' } });
  await create('a name with a space', { name: 'a b' });
  await create('an empty name', { name: '' });
  await create('a name of 250 characters', { name: 'a'.repeat(250) });
  await create('an unknown configuration, and no partitions', { configs: { nonsense: '1' }, numPartitions: 0 });
  await create('a bad value', { configs: { 'retention.ms': 'long' } });
  await create('a bad policy', { configs: { 'cleanup.policy': 'burn' } });
  await create('a value below its bound', { configs: { 'retention.ms': '-2' } });
  await create('no partitions', { numPartitions: 0 });
  await create('no replicas', { replicationFactor: 0 });
  await create('too many replicas', { replicationFactor: 9 });
  await create('an assignment and a count', { ...byHand([[talk.first]]), numPartitions: 1 });
  await create('an assignment and a factor', { ...byHand([[talk.first]]), replicationFactor: 1 });
  await create('an unknown broker', byHand([[99]]));
  await create('nobody', byHand([[]]));
  await create('one broker twice', byHand([[talk.first, talk.first]]));
  await create('uneven replicas', byHand([[talk.first, talk.second], [talk.first]]));
  const twice = { name: talk.topicName(), numPartitions: 1, replicationFactor: 1, assignments: null, configs: {} };
  await talk.say('asked for twice', 'CreateTopics', { topics: [twice, twice] });
  await talk.say('more asked for twice', 'CreatePartitions', {
    topics: [
      { name: existing, count: 2, assignments: null },
      { name: existing, count: 3, assignments: null },
    ],
  });
  await talk.say('deleted twice', 'DeleteTopics', { topics: [existing, existing] });

  const name = talk.topicName();
  await create('by hand', {
    ...byHand([
      [talk.first, talk.second],
      [talk.second, talk.first],
    ]),
    name,
  });
  await talk.known(name, 2);
  const underscored = talk.topicName().replaceAll('-', '_');
  const dotted = talk.alias(underscored.replaceAll('_', '.'));
  await create('with underscores', { name: talk.alias(underscored) });
  await create('with dots: collides', { name: dotted });
  await talk.ask('DeleteTopics', { topics: [underscored] });
  const { topics: described } = await talk.ask('Metadata', { topics: [name, talk.topicName(), 'a b'] });
  talk.note(
    'metadata',
    described.map(({ errorCode, partitions }) => ({
      errorCode,
      partitions: partitions.map(({ partition, leader, replicas }) => ({
        partition,
        leader,
        replicas: replicas.map((node) => talk.peer.nodeIds.indexOf(node)),
      })),
    })),
  );

  const configured = talk.topicName();
  await create('with configuration', { name: configured, configs: { 'cleanup.policy': 'compact, delete', 'max.message.bytes': '1000' } });
  await talk.known(configured, 1);
  const settings = [
    'max.message.bytes',
    'cleanup.policy',
    'retention.bytes',
    'min.insync.replicas',
    'message.timestamp.type',
    'no.such.setting',
  ];
  for (const [label, topic] of [
    ['given and default settings', configured],
    ['default settings', name],
    ['settings of nothing', talk.topicName()],
    ['settings of a bad name', 'a b'],
  ] as const) {
    const answer = await talk.ask('DescribeConfigs', { topics: [{ name: topic, configNames: settings }] });
    const of = answer.topics.map(({ errorCode, configs }) => [errorCode, configs.map((config) => `${config.name}=${config.value}`).sort()]);
    talk.note(label, of);
  }

  const add = (label: string, topic: string, count: number, assignments: number[][] | null = null): Promise<Response<'CreatePartitions'>> =>
    talk.say(label, 'CreatePartitions', { topics: [{ name: topic, count, assignments }] });
  await add('to nothing', talk.topicName(), 3);
  await add('as many', name, 2);
  await add('fewer', name, 1);
  await add('too few assignments', name, 4, [[talk.first, talk.second]]);
  await add('an assignment to nobody known', name, 3, [[99, talk.first]]);
  await add('works', name, 3, [[talk.first, talk.second]]);
  await talk.known(name, 3);

  const remove = (label: string, names: string[]): Promise<Response<'DeleteTopics'>> => talk.say(label, 'DeleteTopics', { topics: names });
  await remove('one of two', [name, talk.topicName()]);
  await talk.known(name, 0);
}
