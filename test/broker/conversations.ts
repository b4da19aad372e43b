/** What is said to both brokers. Each conversation has topics and groups of its own, and no value that depends on the time. */
import { encodeSubscription } from '../../testing/broker/consumer-protocol.ts';
import type { Apis, Response } from '../../testing/broker/protocol.ts';
import type { NewRecord } from '../../testing/broker/protocol-data.ts';
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP } from '../../testing/broker/protocol-data.ts';
import type { Talk } from './talk.ts';
import { joinBody } from './talk.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const plain = (value: string | null, timestamp: number, key: string | null = null): NewRecord => ({
  key: key === null ? null : text(key),
  value: value === null ? null : text(value),
  headers: [],
  timestamp,
});

async function records(talk: Talk): Promise<void> {
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

async function longPoll(talk: Talk): Promise<void> {
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

async function topics(talk: Talk): Promise<void> {
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

async function dynamicMembers(talk: Talk): Promise<void> {
  const { groupId, at, elsewhere } = await talk.group();
  const join = (
    label: string,
    memberId: string,
    changes: Partial<Apis['JoinGroup']['request']> = {},
    node = at,
  ): Promise<Response<'JoinGroup'>> => talk.say(label, 'JoinGroup', joinBody(groupId, memberId, changes), { node });
  const heartbeat = (label: string, generationId: number, memberId: string, node = at): Promise<Response<'Heartbeat'>> =>
    talk.say(label, 'Heartbeat', { groupId, generationId, memberId, groupInstanceId: null }, { node });
  const sync = (generationId: number, memberId: string, assigned: readonly string[] = [], of = groupId): Apis['SyncGroup']['request'] => ({
    groupId: of,
    generationId,
    memberId,
    groupInstanceId: null,
    assignments: assigned.map((id, index) => ({ memberId: id, assignment: new Uint8Array([index]) })),
  });
  const describeGroup = (label: string): Promise<Response<'DescribeGroups'>> =>
    talk.say(label, 'DescribeGroups', { groups: [groupId] }, { node: at });

  await describeGroup('no group');
  await talk.say('delete no group', 'DeleteGroups', { groups: [groupId] }, { node: at });
  await join('empty group id', '', { groupId: '', sessionTimeoutMs: 1 });
  await join('elsewhere, with too short a session', '', { sessionTimeoutMs: 1 }, elsewhere);
  await join('elsewhere', 'x', {}, elsewhere);
  await join('too short a session', 'x', { sessionTimeoutMs: 1 });
  await join('too long a session', '', { sessionTimeoutMs: 1_800_001 });
  await join('a member id out of nowhere', 'x', { protocolType: '' });
  await join('no protocol type', '', { protocolType: '' });
  await join('no protocols', '', { protocols: [] });
  await heartbeat('of no group', 1, 'x');
  await talk.say('sync of no group', 'SyncGroup', sync(1, 'x'), { node: at });

  const first = (await join('first', '')).memberId;
  await describeGroup('one pending');
  await join('first with its id', first);
  await describeGroup('the group awaiting assignments');
  await heartbeat('awaiting assignments', 1, first);
  await join('first once more', first);
  await talk.say('sync elsewhere', 'SyncGroup', sync(1, first), { node: elsewhere });
  await talk.say('sync of an old generation', 'SyncGroup', sync(0, first), { node: at });
  await talk.say('sync of an unknown member', 'SyncGroup', sync(0, 'x'), { node: at });
  await talk.say('sync', 'SyncGroup', sync(1, first, [first]), { node: at });
  await talk.say('sync again', 'SyncGroup', sync(1, first), { node: at });
  await describeGroup('the stable group');
  await heartbeat('stable', 1, first);
  await heartbeat('heartbeat elsewhere', 1, first, elsewhere);
  await heartbeat('an old generation', 0, first);
  await heartbeat('a coming generation', 2, first);
  await heartbeat('an unknown member, and generation', 9, 'x');
  await join('another protocol type', 'x', { protocolType: 'connect' });
  await join('no protocol in common', 'x', { protocols: [{ name: 'sticky', metadata: new Uint8Array(0) }] });
  await join('unknown in a stable group', 'x');
  await talk.say('delete a group with members', 'DeleteGroups', { groups: [groupId] }, { node: at });

  const second = (await join('second', '')).memberId;
  const joining = talk.open('JoinGroup', joinBody(groupId, second), { node: at });
  talk.note('second waits', await joining.held());
  await describeGroup('the preparing group');
  await heartbeat('preparing', 1, first);
  await talk.say('sync while preparing', 'SyncGroup', sync(1, first), { node: at });
  await join('first rejoins', first);
  await talk.hear('second joined', joining);
  const syncing = talk.open('SyncGroup', sync(2, second), { node: at });
  talk.note('second waits for its assignment', await syncing.held());
  await talk.say('leader syncs and leaves second out', 'SyncGroup', sync(2, first, [first]), { node: at });
  await talk.hear('second synced', syncing);
  await join('follower joins without a change', second);
  await heartbeat('still stable', 2, second);

  const changed = talk.open(
    'JoinGroup',
    joinBody(groupId, second, { protocols: [{ name: 'range', metadata: encodeSubscription(['other']) }] }),
    { node: at },
  );
  talk.note('follower joins with a change and waits', await changed.held());
  await talk.say(
    'leave of strangers',
    'LeaveGroup',
    {
      groupId,
      members: [
        { memberId: 'x', groupInstanceId: null },
        { memberId: '', groupInstanceId: 'i' },
        { memberId: first, groupInstanceId: 'i' },
      ],
    },
    { node: at },
  );
  await talk.say('leader leaves', 'LeaveGroup', { groupId, members: [{ memberId: first, groupInstanceId: null }] }, { node: at });
  await talk.hear('follower leads', changed);
  await join('third', '');
}

async function rebalances(talk: Talk): Promise<void> {
  const { groupId, at } = await talk.group();
  const preferences = (...names: string[]): Partial<Apis['JoinGroup']['request']> => ({
    protocols: names.map((name) => ({ name, metadata: new Uint8Array([1]) })),
    requireKnownMemberId: false,
  });
  // Old clients join at once: the second makes a rebalance that the first must join too.
  const first = await talk.say('first votes for roundrobin', 'JoinGroup', joinBody(groupId, '', preferences('roundrobin', 'range')), {
    node: at,
  });
  const second = talk.open('JoinGroup', joinBody(groupId, '', preferences('range', 'roundrobin')), { node: at });
  talk.note('second waits', await second.held());
  const syncing = talk.open(
    'SyncGroup',
    { groupId, generationId: 1, memberId: first.memberId, groupInstanceId: null, assignments: [] },
    { node: at },
  );
  await talk.hear('sync during the rebalance', syncing);
  await talk.say('a tie', 'JoinGroup', joinBody(groupId, first.memberId, preferences('roundrobin', 'range')), { node: at });
  const joined = await talk.hear('a tie for the second', second);

  const waiting = talk.open(
    'SyncGroup',
    { groupId, generationId: 2, memberId: joined.memberId, groupInstanceId: null, assignments: [] },
    { node: at },
  );
  talk.note('second waits for its assignment', await waiting.held());
  const again = talk.open('JoinGroup', joinBody(groupId, first.memberId, preferences('range', 'roundrobin')), { node: at });
  await talk.hear('a rebalance instead', waiting);
  await talk.say('leave', 'LeaveGroup', { groupId, members: [{ memberId: joined.memberId, groupInstanceId: null }] }, { node: at });
  await talk.hear('alone', again);

  const third = await talk.say(
    'a member id is handed out',
    'JoinGroup',
    joinBody(groupId, '', { ...preferences('range'), requireKnownMemberId: true }),
    { node: at },
  );
  await talk.say('and given back', 'LeaveGroup', { groupId, members: [{ memberId: third.memberId, groupInstanceId: null }] }, { node: at });
  await talk.say('and is no more', 'JoinGroup', joinBody(groupId, third.memberId, preferences('range')), { node: at });
  await talk.say('what that did to the group', 'DescribeGroups', { groups: [groupId] }, { node: at });
  await talk.say(
    'the last one leaves',
    'LeaveGroup',
    { groupId, members: [{ memberId: first.memberId, groupInstanceId: null }] },
    { node: at },
  );
  await talk.say('an empty group', 'DescribeGroups', { groups: [groupId] }, { node: at });
  await talk.say(
    'its old member',
    'Heartbeat',
    { groupId, generationId: 4, memberId: first.memberId, groupInstanceId: null },
    { node: at },
  );
  await talk.say('leave again', 'LeaveGroup', { groupId, members: [{ memberId: first.memberId, groupInstanceId: null }] }, { node: at });
  await talk.say('delete', 'DeleteGroups', { groups: [groupId] }, { node: at });
  await talk.say('gone', 'DescribeGroups', { groups: [groupId] }, { node: at });
  await talk.say('leave nothing', 'LeaveGroup', { groupId, members: [{ memberId: first.memberId, groupInstanceId: null }] }, { node: at });
}

async function staticMembers(talk: Talk): Promise<void> {
  const { groupId, at } = await talk.group();
  const asStatic = { groupInstanceId: 'pod-1' };
  const join = (label: string, memberId: string, changes: Partial<Apis['JoinGroup']['request']> = {}): Promise<Response<'JoinGroup'>> =>
    talk.say(label, 'JoinGroup', joinBody(groupId, memberId, { ...asStatic, ...changes }), { node: at });
  const sync = (label: string, generationId: number, memberId: string, assigned: readonly string[]): Promise<Response<'SyncGroup'>> =>
    talk.say(
      label,
      'SyncGroup',
      {
        groupId,
        generationId,
        memberId,
        ...asStatic,
        assignments: assigned.map((id) => ({ memberId: id, assignment: new Uint8Array([7]) })),
      },
      { node: at },
    );
  const first = (await join('joins at once', '')).memberId;
  await sync('gets its assignment', 1, first, [first]);
  const second = (await join('restarts', '')).memberId;
  await sync('gets the same assignment', 1, second, []);
  await talk.say('the old one is fenced: heartbeat', 'Heartbeat', { groupId, generationId: 1, memberId: first, ...asStatic }, { node: at });
  await join('the old one is fenced: join', first);
  await sync('the old one is fenced: sync', 1, first, []);
  await talk.say('the old one is fenced: leave', 'LeaveGroup', { groupId, members: [{ memberId: first, ...asStatic }] }, { node: at });
  await talk.say(
    'an unknown instance',
    'Heartbeat',
    { groupId, generationId: 1, memberId: second, groupInstanceId: 'pod-2' },
    { node: at },
  );
  await join('an unknown instance joins with a member id', second, { groupInstanceId: 'pod-2' });
  await talk.say(
    'without its instance id',
    'Heartbeat',
    { groupId, generationId: 1, memberId: second, groupInstanceId: null },
    { node: at },
  );
  await join('restarts with other metadata and the same protocol', '', {
    protocols: [{ name: 'range', metadata: encodeSubscription(['other']) }],
  });
  await talk.say('still stable', 'DescribeGroups', { groups: [groupId] }, { node: at });
  await join('restarts without a common protocol', '', { protocols: [{ name: 'sticky', metadata: new Uint8Array(0) }] });
  const third = await join('restarts with another first choice', '', {
    protocols: ['sticky', 'range'].map((name) => ({ name, metadata: new Uint8Array(0) })),
  });
  await join('restarts while assignments are awaited', '', {
    protocols: ['sticky', 'range'].map((name) => ({ name, metadata: new Uint8Array(0) })),
  });
  await talk.say(
    'the fenced one',
    'Heartbeat',
    { groupId, generationId: third.generationId, memberId: third.memberId, ...asStatic },
    { node: at },
  );
  await talk.say('is removed by its instance id', 'LeaveGroup', { groupId, members: [{ memberId: '', ...asStatic }] }, { node: at });
  await talk.say('empty', 'DescribeGroups', { groups: [groupId] }, { node: at });
}

async function offsets(talk: Talk): Promise<void> {
  const topic = await talk.topic([talk.first, talk.second]);
  const { groupId, at, elsewhere } = await talk.group();
  type Commit = Apis['OffsetCommit']['request'];
  const commit = (
    label: string,
    generationId: number,
    memberId: string,
    changes: Partial<Commit['partitions'][number]> = {},
    rest: Partial<Commit> = {},
    node = at,
  ): Promise<Response<'OffsetCommit'>> =>
    talk.say(
      label,
      'OffsetCommit',
      {
        groupId,
        generationId,
        memberId,
        groupInstanceId: null,
        partitions: [{ topic, partition: 0, committedOffset: 1, committedLeaderEpoch: -1, metadata: null, ...changes }],
        ...rest,
      },
      { node },
    );
  const stored = (label: string, node = at): Promise<Response<'OffsetFetch'>> =>
    talk.say(
      label,
      'OffsetFetch',
      {
        groupId,
        partitions: [
          { topic, partition: 0 },
          { topic, partition: 1 },
        ],
      },
      { node },
    );

  await stored('nothing stored');
  await stored('elsewhere', elsewhere);
  await commit('unknown topic, elsewhere', 7, 'x', { topic: talk.topicName() }, {}, elsewhere);
  await commit('unknown partition', 7, 'x', { partition: 9 });
  await commit('commit elsewhere', 7, 'x', {}, {}, elsewhere);
  await commit('a generation of no group', 7, 'x');
  await commit('from outside', -1, '', { committedOffset: 5, metadata: 'naïve €', committedLeaderEpoch: 0 });
  await commit('from outside with a member id', -1, 'x', { committedOffset: 6 });
  await commit('a generation of an empty group', 0, '', { committedOffset: 7 });
  await stored('stored from outside');
  await commit('negative', -1, '', { committedOffset: -1 });
  await stored('negative is stored');
  await commit('metadata of 4,096 code units', -1, '', { metadata: '😀'.repeat(2_048) });
  await commit('metadata of 4,097', -1, '', { metadata: 'x'.repeat(4_097) });
  await talk.say('a group that only stores', 'DescribeGroups', { groups: [groupId] }, { node: at });

  const { memberId } = await talk.ask('JoinGroup', joinBody(groupId, ''), { node: at });
  await commit('while the first member is pending', -1, '', { committedOffset: 8 });
  await talk.ask('JoinGroup', joinBody(groupId, memberId), { node: at });
  await commit('awaiting assignments, no generation', -1, '');
  await commit('awaiting assignments', 1, memberId);
  await commit('awaiting assignments, old generation', 0, memberId);
  await talk.ask('SyncGroup', { groupId, generationId: 1, memberId, groupInstanceId: null, assignments: [] }, { node: at });
  await commit('stable', 1, memberId, { committedOffset: 9 });
  await commit('stable, back', 1, memberId, { committedOffset: 3, metadata: 'back' });
  await commit('stable, no generation', -1, '');
  await commit('stable, a member without generation', -1, memberId);
  await commit('stable, a generation without member', 1, '');
  await commit('stable, old generation', 0, memberId);
  await commit('stable, coming generation', 2, memberId);
  await commit('stable, unknown member', 1, 'x');
  await commit('stable, unknown instance', 1, memberId, {}, { groupInstanceId: 'i' });
  await commit(
    'stable, bad metadata beside a good one',
    1,
    memberId,
    {},
    {
      partitions: [
        { topic, partition: 0, committedOffset: 10, committedLeaderEpoch: -1, metadata: 'x'.repeat(4_097) },
        { topic, partition: 1, committedOffset: 11, committedLeaderEpoch: -1, metadata: '' },
      ],
    },
  );
  await stored('after all that');
  const pending = (await talk.ask('JoinGroup', joinBody(groupId, ''), { node: at })).memberId;
  const joining = talk.open('JoinGroup', joinBody(groupId, pending), { node: at });
  talk.note('another waits', await joining.held());
  await commit('preparing', 1, memberId, { committedOffset: 12 });
  await commit('preparing, by who waits for the first time', 1, pending, { committedOffset: 13 });
  await commit('preparing, by who waits, without generation', -1, pending, { committedOffset: 13 });
  await talk.ask('LeaveGroup', { groupId, members: [{ memberId, groupInstanceId: null }] }, { node: at });
  await talk.hear('joined', joining);
  await commit('after leaving', 1, memberId);
  await stored('at the end');
  await talk.say('everything that is stored', 'OffsetFetch', { groupId, partitions: null }, { node: at });
  await talk.ask('DeleteTopics', { topics: [topic] });
  await talk.known(topic, 0);
  await talk.until(async () => (await talk.ask('OffsetFetch', { groupId, partitions: null }, { node: at })).partitions.length === 0);
  await commit('of the deleted topic', 2, pending);
}

async function sessions(talk: Talk, minSessionTimeoutMs: number): Promise<void> {
  const { groupId, at } = await talk.group();
  const timeouts = { sessionTimeoutMs: minSessionTimeoutMs, rebalanceTimeoutMs: 4 * minSessionTimeoutMs };
  const first = (await talk.ask('JoinGroup', joinBody(groupId, '', timeouts), { node: at })).memberId;
  await talk.ask('JoinGroup', joinBody(groupId, first, timeouts), { node: at });
  await talk.ask('SyncGroup', { groupId, generationId: 1, memberId: first, groupInstanceId: null, assignments: [] }, { node: at });
  const second = (await talk.ask('JoinGroup', joinBody(groupId, '', timeouts), { node: at })).memberId;
  // The second waits longer than its session: while it waits that does not count. The first is silent, and is evicted.
  await talk.say('the second joins when the first is evicted', 'JoinGroup', joinBody(groupId, second, timeouts), { node: at });
  await talk.say('the first is unknown', 'Heartbeat', { groupId, generationId: 1, memberId: first, groupInstanceId: null }, { node: at });
  await talk.say(
    'the second syncs',
    'SyncGroup',
    { groupId, generationId: 2, memberId: second, groupInstanceId: null, assignments: [] },
    { node: at },
  );
  const unused = (await talk.ask('JoinGroup', joinBody(groupId, '', timeouts), { node: at })).memberId;
  for (let beat = 0; beat < 5; beat += 1) {
    await talk.peer.wait(minSessionTimeoutMs / 2);
    await talk.say(
      `the second is alive ${beat}`,
      'Heartbeat',
      { groupId, generationId: 2, memberId: second, groupInstanceId: null },
      { node: at },
    );
  }
  await talk.say('an unused member id is forgotten', 'JoinGroup', joinBody(groupId, unused, timeouts), { node: at });
  await talk.until(async () => (await talk.ask('DescribeGroups', { groups: [groupId] }, { node: at })).groups[0]?.groupState === 'Empty');
  await talk.say('the second is evicted', 'Heartbeat', { groupId, generationId: 2, memberId: second, groupInstanceId: null }, { node: at });
}

export const CONVERSATIONS: Readonly<Record<string, (talk: Talk, minSessionTimeoutMs: number) => Promise<void>>> = {
  records,
  'long poll': longPoll,
  topics,
  'dynamic members': dynamicMembers,
  rebalances,
  'static members': staticMembers,
  offsets,
  sessions,
};
