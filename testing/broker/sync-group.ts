/**
 * SyncGroup. Source: GroupMetadataManager.classicGroupSync and validateSyncGroup. A parked SyncGroup is answered when the
 * leader sends the assignments, when a rebalance begins, or when the member is fenced; as in Kafka not when the member
 * leaves meanwhile, nor when it sends another one over another connection.
 */
import type { Caller, ClusterState } from './cluster-state.ts';
import type { BrokerErrorCode } from './error-code.ts';
import type { Group } from './group.ts';
import { NO_BYTES } from './group-member.ts';
import { propagateAssignment, syncReceived } from './group-rebalance.ts';
import { scheduleOffsetExpiry } from './offset-expiry.ts';
import type { SyncGroupRequest, SyncGroupResponse } from './protocol-group.ts';
import { coordinatorProblem } from './routing.ts';

export function syncGroup(
  state: ClusterState,
  caller: Caller,
  request: SyncGroupRequest,
  respond: (response: SyncGroupResponse) => void,
): void {
  const refuse = (errorCode: BrokerErrorCode): void => respond({ errorCode, protocolType: null, protocolName: null, assignment: NO_BYTES });
  if (request.groupId === '') return refuse('INVALID_GROUP_ID');
  const astray = coordinatorProblem(state, caller, request.groupId);
  if (astray !== null) return refuse(astray);
  const group = state.groups.get(request.groupId);
  if (group === undefined || group.state === 'Empty') return refuse('UNKNOWN_MEMBER_ID');
  const problem = syncProblem(group, request);
  const member = group.members.get(request.memberId);
  if (problem !== null || member === undefined) return refuse(problem ?? 'UNKNOWN_MEMBER_ID');
  if (group.state === 'PreparingRebalance') return refuse('REBALANCE_IN_PROGRESS');

  syncReceived(state, group, request.memberId);
  if (group.state === 'Stable') {
    respond({ errorCode: 'NONE', protocolType: group.protocolType, protocolName: group.protocolName, assignment: member.assignment });
    return;
  }
  member.awaitingSync = respond;
  if (group.leader === request.memberId) assign(state, group, request);
}

function syncProblem(group: Group, request: SyncGroupRequest): BrokerErrorCode | null {
  const problem = group.memberProblem(request.memberId, request.groupInstanceId);
  if (problem !== null) return problem;
  if (request.generationId !== group.generationId) return 'ILLEGAL_GENERATION';
  if (isOther(request.protocolType, group.protocolType) || isOther(request.protocolName, group.protocolName))
    return 'INCONSISTENT_GROUP_PROTOCOL';
  return null;
}

function isOther(given: string | null | undefined, expected: string | null): boolean {
  return given != null && expected !== null && given !== expected;
}

/** The leader's assignments make the group stable; a member that it left out gets an empty one. */
function assign(state: ClusterState, group: Group, request: SyncGroupRequest): void {
  const assignments = new Map(request.assignments.map(({ memberId, assignment }) => [memberId, assignment]));
  for (const member of group.members.values()) member.assignment = assignments.get(member.memberId) ?? NO_BYTES;
  propagateAssignment(state, group, 'NONE');
  group.transitionTo('Stable', state.nowMs);
  scheduleOffsetExpiry(state, group);
}
