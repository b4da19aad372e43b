import { describe, expect, test } from 'vitest';
import type { Apis } from '../../testing/broker/protocol.ts';
import { encodeSubscription } from '../../testing/broker/consumer-protocol.ts';
import { commitRequest, Harness, joinRequest, memberIdFor, record, stableGroup, START_MS, sync } from './harness.ts';

const DAY_MS = 86_400_000;

function harnessWithTopic(): Harness {
  const harness = new Harness();
  harness.createTopic('orders', 2);
  harness.createTopic('other');
  return harness;
}

const commit = (harness: Harness, request: Apis['OffsetCommit']['request'], node?: number): string =>
  harness.ask('OffsetCommit', request, node === undefined ? {} : { node }).partitions[0]?.errorCode ?? '';
const stored = (harness: Harness, topic = 'orders', partition = 0): number | null =>
  harness.cluster.committedOffset('g', topic, partition)?.offset ?? null;

describe('OffsetCommit refuses, in this order', () => {
  const unknownTopic = { topic: 'none' };

  test('a partition that does not exist, whatever else is wrong', () => {
    const harness = harnessWithTopic();
    expect(commit(harness, commitRequest('g', 7, 'x', 1, unknownTopic), 1)).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    expect(commit(harness, commitRequest('g', 7, 'x', 1, { partition: 2 }), 1)).toBe('UNKNOWN_TOPIC_OR_PARTITION');
  });

  test('the wrong broker, then a generation of a group that does not exist', () => {
    const harness = harnessWithTopic();
    expect(commit(harness, commitRequest('g', 7, 'x', 1), 1)).toBe('NOT_COORDINATOR');
    expect(commit(harness, commitRequest('g', 7, 'x', 1))).toBe('ILLEGAL_GENERATION');
    expect(harness.cluster.group('g')).toBeNull();
  });

  test('in a stable group: no generation, a foreign instance, an unknown member, the wrong generation', () => {
    const harness = harnessWithTopic();
    const { members, generationId } = stableGroup(harness, 'g', 1);
    const [member] = members as [string];
    expect(commit(harness, commitRequest('g', -1, '', 1))).toBe('UNKNOWN_MEMBER_ID');
    expect(commit(harness, { ...commitRequest('g', 0, 'x', 1), groupInstanceId: 'i' })).toBe('UNKNOWN_MEMBER_ID');
    expect(commit(harness, commitRequest('g', generationId + 1, 'x', 1))).toBe('UNKNOWN_MEMBER_ID');
    expect(commit(harness, commitRequest('g', -1, member, 1))).toBe('ILLEGAL_GENERATION');
    expect(commit(harness, commitRequest('g', generationId - 1, member, 1))).toBe('ILLEGAL_GENERATION');
    expect(commit(harness, commitRequest('g', generationId + 1, member, 1))).toBe('ILLEGAL_GENERATION');
    expect(stored(harness)).toBeNull();
    expect(commit(harness, commitRequest('g', generationId, member, 1))).toBe('NONE');
  });

  test('a fenced instance', () => {
    const harness = harnessWithTopic();
    const { memberId } = harness.ask('JoinGroup', joinRequest('g', '', { groupInstanceId: 'i' }));
    expect(commit(harness, { ...commitRequest('g', 1, 'x', 1), groupInstanceId: 'i' })).toBe('FENCED_INSTANCE_ID');
    expect(commit(harness, { ...commitRequest('g', 2, memberId, 1), groupInstanceId: 'i' })).toBe('ILLEGAL_GENERATION');
    expect(commit(harness, { ...commitRequest('g', 1, memberId, 1), groupInstanceId: 'i' })).toBe('REBALANCE_IN_PROGRESS');
  });

  test('while assignments are awaited, not while joins are', () => {
    const harness = harnessWithTopic();
    const { members, generationId } = stableGroup(harness, 'g', 2);
    const [leader, follower] = members as [string, string];
    harness.send('JoinGroup', joinRequest('g', leader));
    expect(commit(harness, commitRequest('g', generationId, follower, 5))).toBe('NONE');
    expect(stored(harness)).toBe(5);
    harness.send('JoinGroup', joinRequest('g', follower));
    expect(commit(harness, commitRequest('g', generationId, follower, 6))).toBe('ILLEGAL_GENERATION');
    expect(commit(harness, commitRequest('g', generationId + 1, follower, 6))).toBe('REBALANCE_IN_PROGRESS');
    expect(stored(harness)).toBe(5);
  });

  test('one partition for its metadata and stores the others', () => {
    const harness = harnessWithTopic();
    const [first] = commitRequest('g', -1, '', 1, { metadata: '😀'.repeat(2_048) }).partitions;
    const tooLong = { ...first, partition: 1, metadata: 'x'.repeat(4_097) };
    const response = harness.ask('OffsetCommit', {
      ...commitRequest('g', -1, '', 1),
      partitions: [first, tooLong] as Apis['OffsetCommit']['request']['partitions'],
    });
    // 4,096 UTF-16 code units, which are 8,192 bytes in UTF-8, are taken.
    expect(response.partitions.map(({ errorCode }) => errorCode)).toEqual(['NONE', 'OFFSET_METADATA_TOO_LARGE']);
    expect([stored(harness), stored(harness, 'orders', 1)]).toEqual([1, null]);
  });
});

describe('OffsetCommit', () => {
  test('checks neither who owns the partition nor that the offset grows; below 0 and past the end are taken', () => {
    const harness = harnessWithTopic();
    const { members, generationId } = stableGroup(harness, 'g', 2);
    for (const [memberId, offset] of [
      [members[0], 9],
      [members[1], 4],
      [members[0], -1],
    ] as const) {
      expect(commit(harness, commitRequest('g', generationId, memberId as string, offset))).toBe('NONE');
      expect(stored(harness)).toBe(offset);
    }
  });

  test('without a generation is taken by an empty group, whatever its member id', () => {
    const harness = harnessWithTopic();
    expect(commit(harness, commitRequest('g', -1, 'x', 3))).toBe('NONE');
    const { members } = stableGroup(harness, 'g', 1);
    harness.ask('LeaveGroup', { groupId: 'g', members: [{ memberId: members[0] as string, groupInstanceId: null }] });
    expect(commit(harness, commitRequest('g', -1, '', 4))).toBe('NONE');
    expect(commit(harness, commitRequest('g', 1, members[0] as string, 5))).toBe('UNKNOWN_MEMBER_ID');
    expect(stored(harness)).toBe(4);
  });

  test('keeps the session of its member', () => {
    const harness = harnessWithTopic();
    const { members, generationId } = stableGroup(harness, 'g', 1);
    for (let round = 0; round < 3; round += 1) {
      harness.advance(9_999);
      expect(commit(harness, commitRequest('g', generationId, members[0] as string, round))).toBe('NONE');
    }
    harness.advance(10_000);
    expect(harness.cluster.group('g')?.members).toEqual([]);
  });
});

describe('OffsetFetch', () => {
  test('returns offset, epoch and metadata as sent; what is not stored is −1 without an error', () => {
    const harness = harnessWithTopic();
    commit(harness, commitRequest('g', -1, '', 7, { metadata: 'naïve\u0000€', committedLeaderEpoch: 3 }));
    commit(harness, commitRequest('g', -1, '', 8, { partition: 1, metadata: null }));
    const all = harness.ask('OffsetFetch', { groupId: 'g', partitions: null });
    expect(all.partitions).toEqual([
      { topic: 'orders', partition: 0, errorCode: 'NONE', committedOffset: 7, committedLeaderEpoch: 3, metadata: 'naïve\u0000€' },
      { topic: 'orders', partition: 1, errorCode: 'NONE', committedOffset: 8, committedLeaderEpoch: -1, metadata: '' },
    ]);
    expect(harness.ask('OffsetFetch', { groupId: 'gg', partitions: [{ topic: 'none', partition: 4 }] })).toMatchObject({
      errorCode: 'NONE',
      partitions: [{ errorCode: 'NONE', committedOffset: -1, metadata: '' }],
    });
    expect(harness.ask('OffsetFetch', { groupId: 'g', partitions: null }, { node: 1 })).toMatchObject({
      errorCode: 'NOT_COORDINATOR',
      partitions: [],
    });
  });

  test('offsets outlive rejoins', () => {
    const harness = harnessWithTopic();
    const { members, generationId } = stableGroup(harness, 'g', 1);
    commit(harness, commitRequest('g', generationId, members[0] as string, 7));
    harness.ask('JoinGroup', joinRequest('g', members[0] as string));
    expect(stored(harness)).toBe(7);
    harness.advance(60_000);
    stableGroup(harness, 'g', 2);
    expect(stored(harness)).toBe(7);
  });
});

describe('Expiry of offsets', () => {
  test('of an empty group: seven days from when it became empty, then the group is gone', () => {
    const harness = harnessWithTopic();
    const { members, generationId } = stableGroup(harness, 'g', 1, { sessionTimeoutMs: 1_800_000 });
    commit(harness, commitRequest('g', generationId, members[0] as string, 7));
    harness.advance(1_500_000);
    harness.ask('LeaveGroup', { groupId: 'g', members: [{ memberId: members[0] as string, groupInstanceId: null }] });
    expect(harness.cluster.nextDeadline()).toBe(START_MS + 7 * DAY_MS + 1_800_000);
    harness.advance(7 * DAY_MS + 300_000 - 1);
    expect(stored(harness)).toBe(7);
    harness.advance(1);
    expect(stored(harness)).toBeNull();
    expect(harness.cluster.group('g')).toBeNull();
    expect(harness.cluster.nextDeadline()).toBeNull();
  });

  test('of a stable group: never where it subscribes, seven days from the commit where it does not', () => {
    const harness = harnessWithTopic();
    const changes = { sessionTimeoutMs: 1_800_000, rebalanceTimeoutMs: 1_800_000 };
    const { members, generationId } = stableGroup(harness, 'g', 1, {
      ...changes,
      protocols: [{ name: 'range', metadata: encodeSubscription(['orders']) }],
    });
    const member = members[0] as string;
    const beat = (durationMs: number): void => {
      for (let left = durationMs; left > 0; left -= 1_200_000) {
        harness.advance(Math.min(left, 1_200_000));
        expect(harness.ask('Heartbeat', { groupId: 'g', generationId, memberId: member, groupInstanceId: null }).errorCode).toBe('NONE');
      }
    };
    commit(harness, commitRequest('g', generationId, member, 7));
    commit(harness, commitRequest('g', generationId, member, 8, { topic: 'other' }));
    beat(7 * DAY_MS - 1);
    expect(stored(harness, 'other')).toBe(8);
    beat(1);
    expect([stored(harness), stored(harness, 'other')]).toEqual([7, null]);
    beat(30 * DAY_MS);
    expect(stored(harness)).toBe(7);
  });

  test('of a group that never had members: seven days from the commit', () => {
    const harness = harnessWithTopic();
    commit(harness, commitRequest('g', -1, '', 7));
    harness.advance(3 * DAY_MS);
    commit(harness, commitRequest('g', -1, '', 8, { topic: 'other' }));
    harness.advance(4 * DAY_MS);
    expect([stored(harness), stored(harness, 'other')]).toEqual([null, 8]);
    expect(harness.cluster.group('g')).toMatchObject({ state: 'Empty', protocolType: null });
    harness.advance(3 * DAY_MS);
    expect(harness.cluster.group('g')).toBeNull();
  });

  test('not while a rebalance goes on', () => {
    const harness = harnessWithTopic();
    const changes = { sessionTimeoutMs: 1_800_000, rebalanceTimeoutMs: 1_800_000 };
    const { members, generationId } = stableGroup(harness, 'g', 1, changes);
    const member = members[0] as string;
    commit(harness, commitRequest('g', generationId, member, 8, { topic: 'other' }));
    for (let left = 7 * DAY_MS - 60_000; left > 0; left -= 1_200_000) {
      harness.advance(Math.min(left, 1_200_000));
      expect(harness.ask('Heartbeat', { groupId: 'g', generationId, memberId: member, groupInstanceId: null }).errorCode).toBe('NONE');
    }
    harness.ask('JoinGroup', joinRequest('g', member, changes));
    harness.advance(60_000);
    expect(harness.cluster.group('g')?.state).toBe('CompletingRebalance');
    expect(stored(harness, 'other')).toBe(8);
    sync(harness, 'g', generationId + 1, member, [member]);
    harness.advance(600_000);
    expect(stored(harness, 'other')).toBeNull();
  });

  test('a group without offsets is gone at the next check', () => {
    const harness = harnessWithTopic();
    memberIdFor(harness, 'g');
    expect(harness.cluster.group('g')?.state).toBe('Empty');
    harness.advance(600_000);
    expect(harness.cluster.group('g')).toBeNull();
  });
});

test('records and offsets survive everything that members do', () => {
  const harness = harnessWithTopic();
  harness.produce('orders', 0, [record('a')]);
  commit(harness, commitRequest('g', -1, '', 1));
  stableGroup(harness, 'g', 3);
  harness.advance(DAY_MS);
  expect(stored(harness)).toBe(1);
  expect(harness.cluster.log('orders', 0)?.logEndOffset).toBe(1);
});
