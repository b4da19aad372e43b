import { describe, expect, test } from 'vitest';
import { encodeSubscription } from '../../testing/broker/consumer-protocol.ts';
import type { Apis } from '../../testing/broker/protocol.ts';
import { Harness, heartbeat, joinRequest, leave, memberIdFor, stableGroup } from './harness.ts';

const MINUTE_MS = 60_000;

describe('Heartbeat refuses, in this order', () => {
  const cases: readonly [string, string, Partial<Apis['Heartbeat']['request']>, number?][] = [
    ['an empty group id', 'INVALID_GROUP_ID', { groupId: '' }],
    ['the wrong broker', 'NOT_COORDINATOR', {}, 1],
    ['a group that does not exist', 'UNKNOWN_MEMBER_ID', { groupId: 'gg' }],
    ['an unknown instance', 'UNKNOWN_MEMBER_ID', { groupInstanceId: 'i', generationId: 9 }],
    ['an unknown member', 'UNKNOWN_MEMBER_ID', { memberId: 'x', generationId: 9 }],
    ['an old generation', 'ILLEGAL_GENERATION', { generationId: 0 }],
    ['a coming generation', 'ILLEGAL_GENERATION', { generationId: 2 }],
  ];
  test.each(cases)('%s: %s', (_, errorCode, changes, node) => {
    const harness = new Harness();
    const { members, generationId } = stableGroup(harness, 'g', 1);
    const request = { groupId: 'g', generationId, memberId: members[0] as string, groupInstanceId: null, ...changes };
    expect(harness.ask('Heartbeat', request, { node: node ?? harness.coordinator(request.groupId) }).errorCode).toBe(errorCode);
  });
});

describe('A session', () => {
  test('ends without heartbeats, and the others rebalance', () => {
    const harness = new Harness();
    const { members, generationId } = stableGroup(harness, 'g', 2);
    const [leader, follower] = members as [string, string];
    harness.advance(5_000);
    expect(heartbeat(harness, generationId, leader)).toBe('NONE');
    harness.advance(4_999);
    expect(harness.cluster.group('g')?.members).toHaveLength(2);
    harness.advance(1);
    expect(harness.cluster.group('g')).toMatchObject({ state: 'PreparingRebalance', members: [{ memberId: leader }] });
    expect(heartbeat(harness, generationId, follower)).toBe('UNKNOWN_MEMBER_ID');
    expect(heartbeat(harness, generationId, leader)).toBe('REBALANCE_IN_PROGRESS');
  });

  test('does not end while the member waits for the group, and begins anew with the answer', () => {
    const harness = new Harness();
    const { members } = stableGroup(harness, 'g', 2, { rebalanceTimeoutMs: 25_000 });
    const [leader, follower] = members as [string, string];
    const waiting = harness.send('JoinGroup', joinRequest('g', leader, { rebalanceTimeoutMs: 25_000 }));
    for (let beat = 0; beat < 4; beat += 1) {
      harness.advance(6_000);
      expect(heartbeat(harness, 2, follower)).toBe('REBALANCE_IN_PROGRESS');
    }
    expect(waiting.response()).toBeNull();
    harness.advance(1_000);
    expect(waiting.response()).toMatchObject({ errorCode: 'NONE', generationId: 3 });
    harness.advance(9_999);
    expect(harness.cluster.group('g')?.members).toHaveLength(1);
    harness.advance(1);
    expect(harness.cluster.group('g')).toMatchObject({ state: 'Empty', generationId: 4 });
  });

  test('of a new member ends after five minutes of waiting for its first answer', () => {
    const harness = new Harness();
    const { members } = stableGroup(harness, 'g', 1, { rebalanceTimeoutMs: 10 * MINUTE_MS, sessionTimeoutMs: 15 * MINUTE_MS });
    const second = memberIdFor(harness, 'g');
    const waiting = harness.send('JoinGroup', joinRequest('g', second));
    harness.advance(5 * MINUTE_MS);
    expect(waiting.response()).toMatchObject({ errorCode: 'UNKNOWN_MEMBER_ID', memberId: '' });
    expect(harness.cluster.group('g')?.members.map(({ memberId }) => memberId)).toEqual(members);
  });

  test('outlives the connection', () => {
    const harness = new Harness();
    const { members } = stableGroup(harness, 'g', 1);
    harness.ask(
      'Heartbeat',
      { groupId: 'g', generationId: 1, memberId: members[0] as string, groupInstanceId: null },
      { node: 2, connection: 'c' },
    );
    harness.cluster.disconnect('c');
    expect(harness.cluster.group('g')?.members).toHaveLength(1);
    harness.advance(10_000);
    expect(harness.cluster.group('g')?.members).toHaveLength(0);
  });
});

describe('LeaveGroup', () => {
  test('ends the membership at once; the last one leaves an empty group of a new generation', () => {
    const harness = new Harness();
    const { members, generationId } = stableGroup(harness, 'g', 1);
    const [leader] = members as [string];
    expect(leave(harness, ['x'], [''], ['', 'i'], [leader, 'i'], [leader])).toEqual([
      'NONE',
      'UNKNOWN_MEMBER_ID',
      'UNKNOWN_MEMBER_ID',
      'UNKNOWN_MEMBER_ID',
      'UNKNOWN_MEMBER_ID',
      'NONE',
    ]);
    expect(harness.cluster.group('g')).toMatchObject({
      state: 'Empty',
      generationId: generationId + 1,
      protocolType: 'consumer',
      protocolName: null,
      members: [],
    });
    expect(heartbeat(harness, generationId, leader)).toBe('UNKNOWN_MEMBER_ID');
    expect(leave(harness, [leader])).toEqual(['NONE', 'UNKNOWN_MEMBER_ID']);
  });

  test('of a group that does not exist, from the wrong broker, without a group id', () => {
    const harness = new Harness();
    expect(leave(harness, ['x'])).toEqual(['NONE', 'UNKNOWN_MEMBER_ID']);
    expect(harness.ask('LeaveGroup', { groupId: 'g', members: [] }, { node: 1 }).errorCode).toBe('NOT_COORDINATOR');
    expect(harness.ask('LeaveGroup', { groupId: '', members: [] }, { node: 1 }).errorCode).toBe('INVALID_GROUP_ID');
  });

  test('answers a parked JoinGroup of the member, and lets a rebalance end that waited for it', () => {
    const harness = new Harness();
    const { members } = stableGroup(harness, 'g', 2);
    const [leader, follower] = members as [string, string];
    const rejoin = harness.send('JoinGroup', joinRequest('g', leader));
    expect(leave(harness, [follower])).toEqual(['NONE', 'NONE']);
    expect(rejoin.response()).toMatchObject({ errorCode: 'NONE', generationId: 3, members: [{ memberId: leader }] });

    const second = memberIdFor(harness, 'g');
    const joining = harness.send('JoinGroup', joinRequest('g', second));
    expect(leave(harness, [second])).toEqual(['NONE', 'NONE']);
    expect(joining.response()).toMatchObject({ errorCode: 'UNKNOWN_MEMBER_ID', memberId: '' });
  });

  test('gives an unused member id back', () => {
    const harness = new Harness();
    const unused = memberIdFor(harness, 'g');
    expect(leave(harness, [unused])).toEqual(['NONE', 'NONE']);
    expect(harness.ask('JoinGroup', joinRequest('g', unused)).errorCode).toBe('UNKNOWN_MEMBER_ID');
  });
});

describe('DescribeGroups and DeleteGroups', () => {
  test('tell what a group is, and forget an empty one', () => {
    const harness = new Harness();
    const describeGroup = (): unknown => harness.ask('DescribeGroups', { groups: ['g'] }).groups[0];
    const remove = (): unknown => harness.ask('DeleteGroups', { groups: ['g'] }).results[0]?.errorCode;
    expect(describeGroup()).toMatchObject({ errorCode: 'NONE', groupState: 'Dead', members: [] });
    expect(remove()).toBe('GROUP_ID_NOT_FOUND');
    const { members } = stableGroup(harness, 'g', 1);
    const [leader] = members as [string];
    expect(describeGroup()).toMatchObject({
      groupState: 'Stable',
      protocolType: 'consumer',
      protocolData: 'range',
      members: [
        {
          memberId: leader,
          clientId: 'client',
          memberMetadata: encodeSubscription(['orders']),
          memberAssignment: new TextEncoder().encode(leader),
        },
      ],
    });
    expect(remove()).toBe('NON_EMPTY_GROUP');
    memberIdFor(harness, 'g');
    harness.send('JoinGroup', joinRequest('g', leader));
    expect(describeGroup()).toMatchObject({
      groupState: 'PreparingRebalance',
      protocolData: '',
      members: [{ memberMetadata: new Uint8Array(0), memberAssignment: new TextEncoder().encode(leader) }],
    });
    harness.advance(60_000);
    expect(describeGroup()).toMatchObject({ groupState: 'Empty', protocolType: 'consumer' });
    expect(remove()).toBe('NONE');
    expect(describeGroup()).toMatchObject({ groupState: 'Dead' });
    expect(harness.ask('DescribeGroups', { groups: ['g'] }, { node: 1 }).groups[0]?.errorCode).toBe('NOT_COORDINATOR');
    expect(harness.ask('DeleteGroups', { groups: ['g'] }, { node: 1 }).results[0]?.errorCode).toBe('NOT_COORDINATOR');
  });
});
