import { describe, expect, test } from 'vitest';
import { Harness, heartbeat, joinRequest, leave, memberIdFor, stableGroup, START_MS } from './harness.ts';

describe('A static member (KIP-345)', () => {
  const asStatic = { groupInstanceId: 'pod-1' };

  function stableStatic(harness: Harness): string {
    const joined = harness.ask('JoinGroup', joinRequest('g', '', asStatic));
    expect(joined).toMatchObject({ errorCode: 'NONE', generationId: 1, memberId: expect.stringMatching(/^pod-1-/) });
    harness.ask('SyncGroup', {
      groupId: 'g',
      generationId: 1,
      memberId: joined.memberId,
      ...asStatic,
      assignments: [{ memberId: joined.memberId, assignment: new Uint8Array([1]) }],
    });
    return joined.memberId;
  }

  test('that restarts keeps its assignment without a rebalance, and the old incarnation is fenced', () => {
    const harness = new Harness();
    const before = stableStatic(harness);
    const after = harness.ask('JoinGroup', joinRequest('g', '', asStatic));
    // An older client is told of the old leader, so that it does not compute an assignment.
    expect(after).toMatchObject({ errorCode: 'NONE', generationId: 1, leader: before, members: [], skipAssignment: false });
    expect(after.memberId).not.toBe(before);
    expect(harness.cluster.group('g')).toMatchObject({ state: 'Stable', generationId: 1, leader: after.memberId });
    expect(
      harness.ask('SyncGroup', { groupId: 'g', generationId: 1, memberId: after.memberId, ...asStatic, assignments: [] }),
    ).toMatchObject({ errorCode: 'NONE', assignment: new Uint8Array([1]) });

    expect(heartbeat(harness, 1, before, asStatic)).toBe('FENCED_INSTANCE_ID');
    expect(harness.ask('JoinGroup', joinRequest('g', before, asStatic)).errorCode).toBe('FENCED_INSTANCE_ID');
    expect(harness.ask('SyncGroup', { groupId: 'g', generationId: 1, memberId: before, ...asStatic, assignments: [] }).errorCode).toBe(
      'FENCED_INSTANCE_ID',
    );
    expect(leave(harness, [before, 'pod-1'])).toEqual(['NONE', 'FENCED_INSTANCE_ID']);
    expect(heartbeat(harness, 1, after.memberId, asStatic)).toBe('NONE');
  });

  test('that restarts as the leader with a newer client is told to skip the assignment (KIP-814)', () => {
    const harness = new Harness();
    stableStatic(harness);
    const after = harness.ask('JoinGroup', joinRequest('g', '', { ...asStatic, supportsSkippingAssignment: true }));
    expect(after).toMatchObject({
      errorCode: 'NONE',
      leader: after.memberId,
      skipAssignment: true,
      members: [{ groupInstanceId: 'pod-1' }],
    });
  });

  test('that restarts with other protocols begins a rebalance', () => {
    const harness = new Harness();
    stableStatic(harness);
    const after = harness.ask(
      'JoinGroup',
      joinRequest('g', '', { ...asStatic, protocols: [{ name: 'sticky', metadata: new Uint8Array(0) }] }),
    );
    expect(after).toMatchObject({ errorCode: 'INCONSISTENT_GROUP_PROTOCOL' });
    const changed = harness.ask(
      'JoinGroup',
      joinRequest('g', '', { ...asStatic, protocols: ['sticky', 'range'].map((name) => ({ name, metadata: new Uint8Array(0) })) }),
    );
    expect(changed).toMatchObject({ errorCode: 'NONE', generationId: 2, protocolName: 'sticky' });
  });

  test('that restarts while assignments are awaited begins a rebalance', () => {
    const harness = new Harness();
    harness.ask('JoinGroup', joinRequest('g', '', asStatic));
    expect(harness.ask('JoinGroup', joinRequest('g', '', asStatic))).toMatchObject({ errorCode: 'NONE', generationId: 2 });
  });

  test('whose JoinGroup is parked is fenced by a second one', () => {
    const harness = new Harness();
    stableGroup(harness, 'g', 1);
    const first = harness.send('JoinGroup', joinRequest('g', '', asStatic));
    const second = harness.send('JoinGroup', joinRequest('g', '', asStatic));
    expect(first.response()?.errorCode).toBe('FENCED_INSTANCE_ID');
    expect(second.response()).toBeNull();
  });

  test('that stays away is kept through a rebalance, until its session ends', () => {
    const harness = new Harness();
    stableStatic(harness);
    const dynamic = memberIdFor(harness, 'g');
    const joining = harness.send('JoinGroup', joinRequest('g', dynamic, { rebalanceTimeoutMs: 5_000 }));
    heartbeat(harness, 1, harness.cluster.group('g')?.members[0]?.memberId ?? '', asStatic);
    harness.advance(8_000);
    heartbeat(harness, 1, harness.cluster.group('g')?.members[0]?.memberId ?? '', asStatic);
    expect(joining.response()).toBeNull();
    harness.advance(9_999);
    heartbeat(harness, 1, harness.cluster.group('g')?.members[0]?.memberId ?? '', asStatic);
    harness.advance(12_001);
    expect(joining.response()).toMatchObject({ errorCode: 'NONE', generationId: 2 });
    expect(harness.now).toBe(START_MS + 29_999 + 1);
  });

  test('is removed from outside by its instance id alone', () => {
    const harness = new Harness();
    stableStatic(harness);
    expect(leave(harness, ['', 'pod-1'])).toEqual(['NONE', 'NONE']);
    expect(harness.cluster.group('g')).toMatchObject({ state: 'Empty', members: [] });
  });

  test('does not rebalance when it leaves silently and comes back within its session', () => {
    const harness = new Harness();
    stableStatic(harness);
    harness.advance(9_000);
    expect(harness.ask('JoinGroup', joinRequest('g', '', asStatic))).toMatchObject({ errorCode: 'NONE', generationId: 1 });
    harness.advance(9_999);
    expect(harness.cluster.group('g')).toMatchObject({ state: 'Stable', generationId: 1 });
    harness.advance(1);
    expect(harness.cluster.group('g')).toMatchObject({ state: 'Empty' });
  });
});
