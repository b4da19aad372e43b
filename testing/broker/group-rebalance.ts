/**
 * How a classic group gets from one generation to the next: the join barrier and the sync barrier with their time-outs,
 * and the sessions of the members, whose end begins a rebalance. Source: GroupMetadataManager: prepareRebalance,
 * maybeCompleteJoinElseSchedule, tryCompleteInitialRebalanceElseSchedule, completeClassicGroupJoin, expirePendingSync,
 * rescheduleClassicGroupMemberHeartbeat, expireClassicGroupMemberHeartbeat.
 */
import type { ClusterState } from './cluster-state.ts';
import type { BrokerErrorCode } from './error-code.ts';
import type { Group } from './group.ts';
import { joinRefused } from './group.ts';
import type { GroupMember } from './group-member.ts';
import { completeJoin, completeSync, hasSatisfiedHeartbeat, NO_BYTES } from './group-member.ts';
import { scheduleOffsetExpiry } from './offset-expiry.ts';

/** Starts a rebalance, or, where one is going on, ends it if everybody has joined. */
export function rebalanceOrCompleteJoin(state: ClusterState, group: Group): void {
  if (group.state === 'Empty' || group.state === 'CompletingRebalance' || group.state === 'Stable') prepareRebalance(state, group);
  else completeJoinIfAllJoined(state, group);
}

export function prepareRebalance(state: ClusterState, group: Group): void {
  if (group.state === 'CompletingRebalance') {
    for (const member of group.members.values()) member.assignment = NO_BYTES;
    propagateAssignment(state, group, 'REBALANCE_IN_PROGRESS');
  }
  group.pendingSyncs.clear();
  cancelSyncTimer(state, group);

  const initial = group.state === 'Empty';
  group.transitionTo('PreparingRebalance', state.nowMs);
  scheduleOffsetExpiry(state, group);
  if (initial) {
    const delayMs = state.config.groupInitialRebalanceDelayMs;
    scheduleInitialJoin(state, group, delayMs, Math.max(group.rebalanceTimeoutMs - delayMs, 0));
  } else if (group.hasAllMembersJoined) {
    completeJoinPhase(state, group);
  } else {
    scheduleJoinEnd(state, group, group.rebalanceTimeoutMs, () => completeJoinPhase(state, group));
  }
}

/** An initial rebalance does not end before its delay is over, even if everybody is there. */
export function completeJoinIfAllJoined(state: ClusterState, group: Group): void {
  if (group.state === 'PreparingRebalance' && group.previousState !== 'Empty' && group.hasAllMembersJoined) completeJoinPhase(state, group);
}

/** The same without regard to the initial delay: a member that failed or never came may end it. */
export function completeJoinAfterLoss(state: ClusterState, group: Group): void {
  if (group.state === 'PreparingRebalance' && group.hasAllMembersJoined) completeJoinPhase(state, group);
}

/** Hands every waiting member its assignment, or an error without one. */
export function propagateAssignment(state: ClusterState, group: Group, errorCode: BrokerErrorCode): void {
  const ok = errorCode === 'NONE';
  for (const member of group.members.values()) {
    const answered = completeSync(member, {
      errorCode,
      protocolType: ok ? group.protocolType : null,
      protocolName: ok ? group.protocolName : null,
      assignment: member.assignment,
    });
    if (answered) restartSession(state, group, member);
  }
}

/** The member is alive: its session begins anew. */
export function restartSession(state: ClusterState, group: Group, member: GroupMember, timeoutMs: number = member.sessionTimeoutMs): void {
  state.timers.cancel(member.sessionTimer);
  member.sessionTimer = state.timers.schedule(state.nowMs + timeoutMs, () => {
    member.sessionTimer = null;
    // A member that waits for the group gets a new session with its answer.
    if (hasSatisfiedHeartbeat(member)) return;
    completeJoin(member, joinRefused('', 'UNKNOWN_MEMBER_ID'));
    removeMember(state, group, member);
    if (group.state === 'PreparingRebalance') completeJoinAfterLoss(state, group);
    else rebalanceOrCompleteJoin(state, group);
  });
}

export function removeMember(state: ClusterState, group: Group, member: GroupMember): void {
  state.timers.cancel(member.sessionTimer);
  member.sessionTimer = null;
  group.remove(member.memberId);
}

/** A member sent SyncGroup: the last one ends the wait for the others. */
export function syncReceived(state: ClusterState, group: Group, memberId: string): void {
  group.pendingSyncs.delete(memberId);
  if (group.pendingSyncs.size === 0) cancelSyncTimer(state, group);
}

function completeJoinPhase(state: ClusterState, group: Group): void {
  state.timers.cancel(group.joinTimer);
  group.joinTimer = null;
  // Static members may stay away until their session ends; dynamic ones that did not rejoin are out.
  for (const member of [...group.members.values()]) {
    if (member.awaitingJoin === null && member.groupInstanceId === null) removeMember(state, group, member);
  }
  if (!group.electJoinedLeader() && group.members.size > 0) {
    // Only static members are left, and all are away. At least a millisecond, or a time-out of 0 would never let time go on.
    scheduleJoinEnd(state, group, Math.max(1, group.rebalanceTimeoutMs), () => completeJoinPhase(state, group));
    return;
  }
  group.startNextGeneration(state.nowMs);
  scheduleOffsetExpiry(state, group);
  if (group.members.size === 0) return;
  for (const member of group.members.values()) {
    completeJoin(member, group.joinResponse(member.memberId));
    restartSession(state, group, member);
    member.isNew = false;
    group.pendingSyncs.add(member.memberId);
  }
  cancelSyncTimer(state, group);
  group.syncTimer = state.timers.schedule(state.nowMs + group.rebalanceTimeoutMs, () => expirePendingSyncs(state, group));
}

/** Extended as long as members keep coming, up to the longest rebalance time-out of the first ones. */
function scheduleInitialJoin(state: ClusterState, group: Group, delayMs: number, remainingMs: number): void {
  scheduleJoinEnd(state, group, delayMs, () => {
    if (group.newMemberAdded && remainingMs !== 0) {
      group.newMemberAdded = false;
      scheduleInitialJoin(
        state,
        group,
        Math.min(state.config.groupInitialRebalanceDelayMs, remainingMs),
        Math.max(remainingMs - delayMs, 0),
      );
    } else {
      completeJoinPhase(state, group);
    }
  });
}

function scheduleJoinEnd(state: ClusterState, group: Group, delayMs: number, run: () => void): void {
  state.timers.cancel(group.joinTimer);
  group.joinTimer = state.timers.schedule(state.nowMs + delayMs, () => {
    group.joinTimer = null;
    run();
  });
}

/** Members that never sent SyncGroup are out, and the rest rebalance (KAFKA-13435). */
function expirePendingSyncs(state: ClusterState, group: Group): void {
  group.syncTimer = null;
  if (group.state !== 'CompletingRebalance' && group.state !== 'Stable') return;
  if (group.pendingSyncs.size === 0) return;
  for (const memberId of [...group.pendingSyncs]) {
    const member = group.members.get(memberId);
    if (member !== undefined) removeMember(state, group, member);
  }
  prepareRebalance(state, group);
}

function cancelSyncTimer(state: ClusterState, group: Group): void {
  state.timers.cancel(group.syncTimer);
  group.syncTimer = null;
}
