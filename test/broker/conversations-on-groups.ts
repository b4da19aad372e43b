/** What is said to both brokers about groups and their offsets. */
import { encodeSubscription } from '../../testing/broker/consumer-protocol.ts';
import type { Apis, Response } from '../../testing/broker/protocol.ts';
import type { Talk } from './talk.ts';
import { joinBody } from './talk.ts';

export async function dynamicMembers(talk: Talk): Promise<void> {
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

export async function rebalances(talk: Talk): Promise<void> {
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

export async function staticMembers(talk: Talk): Promise<void> {
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

export async function offsets(talk: Talk): Promise<void> {
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

export async function sessions(talk: Talk, minSessionTimeoutMs: number): Promise<void> {
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
