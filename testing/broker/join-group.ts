/**
 * JoinGroup. Source: GroupCoordinatorService.joinGroup, then GroupMetadataManager.classicGroupJoin and below.
 * A parked JoinGroup is answered when the join barrier falls, when the member leaves or expires, or when it is fenced.
 * As in Kafka one that the same member sends again over another connection takes its place, and the first stays unanswered.
 */
import type { Caller, ClusterState } from './cluster-state.ts';
import type { BrokerErrorCode } from './error-code.ts';
import { Group, joinRefused } from './group.ts';
import type { GroupMember } from './group-member.ts';
import { matchesProtocols, NO_BYTES } from './group-member.ts';
import { completeJoinIfAllJoined, prepareRebalance, rebalanceOrCompleteJoin, removeMember, restartSession } from './group-rebalance.ts';
import { scheduleOffsetExpiry } from './offset-expiry.ts';
import { addPendingJoin, removePendingJoin } from './pending-joins.ts';
import { selectProtocol } from './protocol-selection.ts';
import type { JoinGroupRequest, JoinGroupResponse } from './protocol-group.ts';
import { coordinatorProblem } from './routing.ts';

/** group.new.member.join.timeout.ms: how long a first JoinGroup may be parked. */
const NEW_MEMBER_JOIN_TIMEOUT_MS = 300_000;

interface Join {
  readonly request: JoinGroupRequest;
  readonly caller: Caller;
  readonly respond: (response: JoinGroupResponse) => void;
}

export function joinGroup(
  state: ClusterState,
  caller: Caller,
  request: JoinGroupRequest,
  respond: (response: JoinGroupResponse) => void,
): void {
  const { groupId, memberId, sessionTimeoutMs } = request;
  const refuse = (errorCode: BrokerErrorCode, withMemberId: string = memberId): void => respond(joinRefused(withMemberId, errorCode));
  if (groupId === '') return refuse('INVALID_GROUP_ID');
  const { groupMinSessionTimeoutMs, groupMaxSessionTimeoutMs } = state.config;
  if (sessionTimeoutMs < groupMinSessionTimeoutMs || sessionTimeoutMs > groupMaxSessionTimeoutMs) return refuse('INVALID_SESSION_TIMEOUT');
  const astray = coordinatorProblem(state, caller, groupId);
  if (astray !== null) return refuse(astray, '');

  const group = state.groups.get(groupId) ?? (memberId === '' ? createGroup(state, groupId) : null);
  if (group === null) return refuse('UNKNOWN_MEMBER_ID');
  if (!acceptsJoin(state, group, memberId)) {
    const member = group.members.get(memberId);
    if (member !== undefined) removeMember(state, group, member);
    removePendingJoin(state, group, memberId);
    return refuse('GROUP_MAX_SIZE_REACHED', '');
  }
  if (!group.supportsProtocols(request.protocolType, request.protocols)) return refuse('INCONSISTENT_GROUP_PROTOCOL');
  const join: Join = { request, caller, respond };
  if (memberId === '') joinNewMember(state, group, join);
  else joinExistingMember(state, group, join);
}

/** A group without offsets or members is forgotten at the next sweep of the offsets. */
function createGroup(state: ClusterState, groupId: string): Group {
  const group = new Group(groupId, state.nowMs);
  state.groups.set(groupId, group);
  scheduleOffsetExpiry(state, group);
  return group;
}

/** Source: GroupMetadataManager.acceptJoiningMember. */
function acceptsJoin(state: ClusterState, group: Group, memberId: string): boolean {
  const member = group.members.get(memberId);
  switch (group.state) {
    case 'Empty':
    case 'Dead':
      return true;
    case 'PreparingRebalance':
      return member?.awaitingJoin != null || group.awaitingJoinCount < state.config.groupMaxSize;
    case 'CompletingRebalance':
    case 'Stable':
      return member !== undefined || group.members.size < state.config.groupMaxSize;
  }
}

function joinNewMember(state: ClusterState, group: Group, join: Join): void {
  const { request, caller, respond } = join;
  const { groupInstanceId } = request;
  const newMemberId = state.ids(groupInstanceId ?? caller.clientId);
  if (groupInstanceId !== null) {
    const existing = group.members.get(group.staticMemberId(groupInstanceId) ?? '');
    if (existing === undefined) addMember(state, group, newMemberId, join);
    else replaceStaticMember(state, group, existing, newMemberId, join);
  } else if (request.requireKnownMemberId ?? true) {
    addPendingJoin(state, group, newMemberId, request.sessionTimeoutMs);
    respond(joinRefused(newMemberId, 'MEMBER_ID_REQUIRED'));
  } else {
    addMember(state, group, newMemberId, join);
  }
}

function joinExistingMember(state: ClusterState, group: Group, join: Join): void {
  const { request, respond } = join;
  const { memberId, groupInstanceId } = request;
  if (group.pendingJoins.has(memberId)) {
    if (groupInstanceId !== null) respond(joinRefused(memberId, 'UNKNOWN_SERVER_ERROR'));
    else addMember(state, group, memberId, join);
    return;
  }
  const problem = group.memberProblem(memberId, groupInstanceId);
  const member = group.members.get(memberId);
  if (problem !== null || member === undefined) return respond(joinRefused(memberId, problem ?? 'UNKNOWN_MEMBER_ID'));

  const unchanged = matchesProtocols(member, request.protocols);
  const answerIsKnown = unchanged && (group.state === 'CompletingRebalance' || (group.state === 'Stable' && group.leader !== memberId));
  if (answerIsKnown) return respond(group.joinResponse(memberId));
  if (group.state === 'Empty') return respond(joinRefused(memberId, 'UNKNOWN_MEMBER_ID'));
  // The leader may start a rebalance without a change of its own: that is how it reacts to new partitions.
  updateMember(member, join);
  rebalanceOrCompleteJoin(state, group);
}

function addMember(state: ClusterState, group: Group, memberId: string, { request, caller, respond }: Join): void {
  const member: GroupMember = {
    memberId,
    groupInstanceId: request.groupInstanceId,
    clientId: caller.clientId,
    protocolType: request.protocolType,
    rebalanceTimeoutMs: request.rebalanceTimeoutMs,
    sessionTimeoutMs: request.sessionTimeoutMs,
    protocols: request.protocols,
    assignment: NO_BYTES,
    isNew: true,
    awaitingJoin: respond,
    awaitingSync: null,
    sessionTimer: null,
  };
  if (group.state === 'PreparingRebalance' && group.previousState === 'Empty') group.newMemberAdded = true;
  removePendingJoin(state, group, memberId);
  group.add(member);
  restartSession(state, group, member, NEW_MEMBER_JOIN_TIMEOUT_MS);
  rebalanceOrCompleteJoin(state, group);
}

function updateMember(member: GroupMember, { request, respond }: Join): void {
  member.protocols = request.protocols;
  member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
  member.sessionTimeoutMs = request.sessionTimeoutMs;
  member.awaitingJoin = respond;
}

/** A restarted static member: no rebalance while the group is stable and keeps its protocol (KIP-345, KIP-814). */
function replaceStaticMember(state: ClusterState, group: Group, existing: GroupMember, newMemberId: string, join: Join): void {
  const leaderBefore = group.leader;
  state.timers.cancel(existing.sessionTimer);
  const member = group.replaceStaticMember(existing, newMemberId);
  restartSession(state, group, member);
  updateMember(member, join);
  if (group.state === 'CompletingRebalance') return prepareRebalance(state, group);
  if (group.state !== 'Stable') return completeJoinIfAllJoined(state, group);
  if (selectProtocol(group.members.values()) !== group.protocolName) return rebalanceOrCompleteJoin(state, group);

  member.awaitingJoin = null;
  const response = group.joinResponse(newMemberId);
  if (join.request.supportsSkippingAssignment ?? false) join.respond({ ...response, skipAssignment: group.leader === newMemberId });
  // Told of the old leader, an older client does not take itself for the leader and compute what nobody would use.
  else join.respond({ ...response, leader: leaderBefore ?? '', members: [] });
}
