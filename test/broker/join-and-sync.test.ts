import { describe, expect, test } from 'vitest';
import { encodeSubscription } from '../../testing/broker/consumer-protocol.ts';
import type { Apis } from '../../testing/broker/protocol.ts';
import { Harness, heartbeat, joinRequest, leave, memberIdFor, stableGroup, sync } from './harness.ts';

describe('JoinGroup refuses, in this order', () => {
  const cases: readonly [string, string, Partial<Apis['JoinGroup']['request']>, number?][] = [
    ['an empty group id', 'INVALID_GROUP_ID', { groupId: '', sessionTimeoutMs: 1 }],
    ['a session that is too short', 'INVALID_SESSION_TIMEOUT', { sessionTimeoutMs: 5_999, memberId: 'x' }, 1],
    ['a session that is too long', 'INVALID_SESSION_TIMEOUT', { sessionTimeoutMs: 1_800_001 }],
    ['the wrong broker', 'NOT_COORDINATOR', { memberId: 'x' }, 1],
    ['a member id in a group that does not exist', 'UNKNOWN_MEMBER_ID', { memberId: 'x', protocolType: '' }],
    ['no protocol type', 'INCONSISTENT_GROUP_PROTOCOL', { protocolType: '' }],
    ['no protocols', 'INCONSISTENT_GROUP_PROTOCOL', { protocols: [] }],
  ];
  test.each(cases)('%s: %s', (_, errorCode, changes, node) => {
    const harness = new Harness();
    expect(harness.coordinator('g')).toBe(2);
    expect(harness.ask('JoinGroup', joinRequest('g', '', changes), { node: node ?? 2 })).toMatchObject({
      errorCode,
      generationId: -1,
      members: [],
    });
  });

  test('in a group with members: another protocol type, no common protocol, an unknown member', () => {
    const harness = new Harness();
    stableGroup(harness, 'g', 1);
    const refused = (changes: Partial<Apis['JoinGroup']['request']>): string =>
      harness.ask('JoinGroup', joinRequest('g', 'x', changes)).errorCode;
    expect(refused({ protocolType: 'connect' })).toBe('INCONSISTENT_GROUP_PROTOCOL');
    expect(refused({ protocols: [{ name: 'sticky', metadata: new Uint8Array(0) }] })).toBe('INCONSISTENT_GROUP_PROTOCOL');
    expect(refused({})).toBe('UNKNOWN_MEMBER_ID');
    expect(refused({ groupInstanceId: 'i' })).toBe('UNKNOWN_MEMBER_ID');
  });

  test('a member beyond group.max.size', () => {
    const harness = new Harness({ configs: { groupMaxSize: 1 } });
    stableGroup(harness, 'g', 1);
    expect(harness.ask('JoinGroup', joinRequest('g', '')).errorCode).toBe('GROUP_MAX_SIZE_REACHED');
  });
});

describe('A dynamic member', () => {
  test('is sent back with its id, and joins with it', () => {
    const harness = new Harness();
    const memberId = memberIdFor(harness, 'g');
    expect(memberId).toMatch(/^client-/);
    expect(harness.cluster.group('g')).toMatchObject({ state: 'Empty', members: [] });
    expect(harness.ask('JoinGroup', joinRequest('g', memberId))).toMatchObject({
      errorCode: 'NONE',
      generationId: 1,
      protocolType: 'consumer',
      protocolName: 'range',
      leader: memberId,
      memberId,
      members: [{ memberId, groupInstanceId: null, metadata: encodeSubscription(['orders']) }],
    });
    expect(harness.cluster.group('g')).toMatchObject({ state: 'CompletingRebalance', generationId: 1 });
  });

  test('joins at once where the request is old', () => {
    const harness = new Harness();
    expect(harness.ask('JoinGroup', joinRequest('g', '', { requireKnownMemberId: false }))).toMatchObject({
      errorCode: 'NONE',
      generationId: 1,
    });
  });

  test('that does not use its id in time must start anew, and holds a rebalance up until then', () => {
    const harness = new Harness();
    const { members } = stableGroup(harness, 'g', 1);
    const [leader] = members as [string];
    const unused = memberIdFor(harness, 'g', { sessionTimeoutMs: 6_000 });
    const rejoin = harness.send('JoinGroup', joinRequest('g', leader));
    expect(rejoin.response()).toBeNull();
    harness.advance(6_000);
    expect(rejoin.response()).toMatchObject({ errorCode: 'NONE', generationId: 2 });
    expect(harness.ask('JoinGroup', joinRequest('g', unused)).errorCode).toBe('UNKNOWN_MEMBER_ID');
  });
});

describe('A rebalance', () => {
  test('takes in who joins, and tells the others by heartbeat', () => {
    const harness = new Harness();
    const { members, generationId } = stableGroup(harness, 'g', 1);
    const [first] = members as [string];
    const second = memberIdFor(harness, 'g');
    expect(heartbeat(harness, generationId, first)).toBe('NONE');
    const joining = harness.send('JoinGroup', joinRequest('g', second));
    expect(harness.cluster.group('g')?.state).toBe('PreparingRebalance');
    expect(heartbeat(harness, generationId, first)).toBe('REBALANCE_IN_PROGRESS');
    expect(sync(harness, 'g', generationId, first).response()?.errorCode).toBe('REBALANCE_IN_PROGRESS');
    const rejoining = harness.send('JoinGroup', joinRequest('g', first));
    expect(joining.response()).toMatchObject({ errorCode: 'NONE', generationId: 2, leader: first, members: [] });
    expect(rejoining.response()?.members.map(({ memberId }) => memberId)).toEqual([first, second]);

    const waiting = sync(harness, 'g', 2, second);
    expect(waiting.response()).toBeNull();
    expect(heartbeat(harness, 2, second)).toBe('NONE');
    expect(sync(harness, 'g', 2, first, [second]).response()).toMatchObject({ errorCode: 'NONE', assignment: new Uint8Array(0) });
    expect(waiting.response()).toMatchObject({ errorCode: 'NONE', protocolName: 'range', assignment: new TextEncoder().encode(second) });
    expect(harness.cluster.group('g')?.state).toBe('Stable');
    // A reply that was lost is asked for again.
    expect(sync(harness, 'g', 2, second).response()?.assignment).toEqual(new TextEncoder().encode(second));
  });

  test('throws out who does not rejoin within the longest rebalance time-out, the leader too', () => {
    const harness = new Harness();
    const timeouts = { sessionTimeoutMs: 60_000, rebalanceTimeoutMs: 20_000 };
    const { members, generationId } = stableGroup(harness, 'g', 2, timeouts);
    const [leader, follower] = members as [string, string];
    const rejoin = harness.send(
      'JoinGroup',
      joinRequest('g', follower, {
        sessionTimeoutMs: 60_000,
        rebalanceTimeoutMs: 6_000,
        protocols: [{ name: 'range', metadata: encodeSubscription(['other']) }],
      }),
    );
    harness.advance(19_999);
    expect(heartbeat(harness, generationId, leader)).toBe('REBALANCE_IN_PROGRESS');
    expect(rejoin.response()).toBeNull();
    harness.advance(1);
    expect(rejoin.response()).toMatchObject({ errorCode: 'NONE', generationId: generationId + 1, leader: follower });
    expect(heartbeat(harness, generationId, leader)).toBe('UNKNOWN_MEMBER_ID');
  });

  test('answers who waits for its assignment when it begins', () => {
    const harness = new Harness();
    const { members } = stableGroup(harness, 'g', 2);
    const [leader, follower] = members as [string, string];
    harness.send('JoinGroup', joinRequest('g', leader));
    expect(harness.send('JoinGroup', joinRequest('g', follower)).response()?.generationId).toBe(3);
    const waiting = sync(harness, 'g', 3, follower);
    expect(leave(harness, [leader])).toEqual(['NONE', 'NONE']);
    expect(waiting.response()).toMatchObject({ errorCode: 'REBALANCE_IN_PROGRESS', protocolName: null, assignment: new Uint8Array(0) });
  });

  test('begins when the leader joins again, not when a follower does without a change', () => {
    const harness = new Harness();
    const { members, generationId } = stableGroup(harness, 'g', 2);
    const [leader, follower] = members as [string, string];
    expect(harness.ask('JoinGroup', joinRequest('g', follower))).toMatchObject({ errorCode: 'NONE', generationId, leader, members: [] });
    expect(harness.cluster.group('g')?.state).toBe('Stable');
    expect(harness.send('JoinGroup', joinRequest('g', leader)).response()).toBeNull();
    expect(harness.cluster.group('g')?.state).toBe('PreparingRebalance');
  });

  test('gives a member that lost its answer the same one while assignments are awaited', () => {
    const harness = new Harness();
    const memberId = memberIdFor(harness, 'g');
    const first = harness.ask('JoinGroup', joinRequest('g', memberId));
    expect(harness.ask('JoinGroup', joinRequest('g', memberId))).toEqual(first);
  });

  test('throws out who joins and never sends SyncGroup', () => {
    const harness = new Harness();
    const timeouts = { sessionTimeoutMs: 60_000, rebalanceTimeoutMs: 20_000 };
    const { members, generationId } = stableGroup(harness, 'g', 2, timeouts);
    const [leader, follower] = members as [string, string];
    harness.send('JoinGroup', joinRequest('g', leader, timeouts));
    harness.send('JoinGroup', joinRequest('g', follower, timeouts));
    sync(harness, 'g', generationId + 1, leader, [leader]);
    harness.advance(20_000);
    expect(harness.cluster.group('g')).toMatchObject({ state: 'PreparingRebalance', members: [{ memberId: leader }] });
    expect(heartbeat(harness, generationId + 1, leader)).toBe('REBALANCE_IN_PROGRESS');
  });

  test('waits for group.initial.rebalance.delay.ms at first, longer while members come, up to the rebalance time-out', () => {
    const harness = new Harness({ configs: { groupInitialRebalanceDelayMs: 3_000 } });
    const join = (): ReturnType<typeof harness.send<'JoinGroup'>> =>
      harness.send('JoinGroup', joinRequest('g', '', { requireKnownMemberId: false, rebalanceTimeoutMs: 7_000 }));
    const first = join();
    harness.advance(2_000);
    const second = join();
    harness.advance(1_000);
    expect(first.response()).toBeNull();
    harness.advance(2_000);
    join();
    harness.advance(1_000);
    expect(first.response()).toBeNull();
    harness.advance(1_000);
    expect([first.response()?.generationId, second.response()?.generationId]).toEqual([1, 1]);
    expect(first.response()?.members).toHaveLength(3);
  });

  test.each([
    // A tie goes by the buckets of Java's hash map, whoever joined first; checked on a real broker by fidelity.kafka.test.ts.
    [
      [
        ['range', 'roundrobin'],
        ['roundrobin', 'range'],
      ],
      'range',
    ],
    [
      [
        ['roundrobin', 'range'],
        ['range', 'roundrobin'],
      ],
      'range',
    ],
    [
      [
        ['range', 'roundrobin'],
        ['roundrobin', 'range'],
        ['roundrobin', 'range'],
      ],
      'roundrobin',
    ],
    [
      [
        ['a', 'b', 'c'],
        ['b', 'c'],
        ['c', 'b'],
      ],
      'b',
    ],
    [
      [
        ['a', 'c'],
        ['c', 'b'],
      ],
      'c',
    ],
  ])('chooses by majority among what all support: %j gives %s', (preferences, chosen) => {
    const harness = new Harness({ configs: { groupInitialRebalanceDelayMs: 10 } });
    const joins = preferences.map((names) =>
      harness.send(
        'JoinGroup',
        joinRequest('g', '', {
          requireKnownMemberId: false,
          protocols: names.map((name) => ({ name, metadata: new Uint8Array([name.length]) })),
        }),
      ),
    );
    harness.advance(30_000);
    expect(joins.map((join) => join.response()?.protocolName)).toEqual(preferences.map(() => chosen));
  });
});

describe('SyncGroup refuses, in this order', () => {
  const cases: readonly [string, string, Partial<Apis['SyncGroup']['request']>, number?][] = [
    ['an empty group id', 'INVALID_GROUP_ID', { groupId: '' }],
    ['the wrong broker', 'NOT_COORDINATOR', {}, 1],
    ['a group that does not exist', 'UNKNOWN_MEMBER_ID', { groupId: 'gg' }],
    ['an unknown instance', 'UNKNOWN_MEMBER_ID', { groupInstanceId: 'i', generationId: 9 }],
    ['an unknown member', 'UNKNOWN_MEMBER_ID', { memberId: 'x', generationId: 9 }],
    ['an old generation', 'ILLEGAL_GENERATION', { generationId: 0, protocolName: 'sticky' }],
    ['another protocol type', 'INCONSISTENT_GROUP_PROTOCOL', { protocolType: 'connect' }],
    ['another protocol', 'INCONSISTENT_GROUP_PROTOCOL', { protocolName: 'sticky' }],
  ];
  test.each(cases)('%s: %s', (_, errorCode, changes, node) => {
    const harness = new Harness();
    const { members, generationId } = stableGroup(harness, 'g', 1);
    const request = { groupId: 'g', generationId, memberId: members[0] as string, groupInstanceId: null, assignments: [], ...changes };
    expect(harness.ask('SyncGroup', request, { node: node ?? harness.coordinator(request.groupId) })).toMatchObject({
      errorCode,
      assignment: new Uint8Array(0),
    });
  });
});
