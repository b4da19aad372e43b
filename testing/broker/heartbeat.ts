/** Heartbeat. Source: GroupMetadataManager.classicGroupHeartbeat. A heartbeat during a rebalance still keeps the session. */
import type { Caller, ClusterState } from './cluster-state.ts';
import type { BrokerErrorCode } from './error-code.ts';
import { restartSession } from './group-rebalance.ts';
import type { HeartbeatRequest, HeartbeatResponse } from './protocol-group.ts';
import { coordinatorProblem } from './routing.ts';

export function heartbeat(state: ClusterState, caller: Caller, request: HeartbeatRequest): HeartbeatResponse {
  return { errorCode: beat(state, caller, request) };
}

function beat(state: ClusterState, caller: Caller, request: HeartbeatRequest): BrokerErrorCode {
  if (request.groupId === '') return 'INVALID_GROUP_ID';
  const astray = coordinatorProblem(state, caller, request.groupId);
  // A coordinator that still loads its groups answers blindly, so that nobody leaves. Source: GroupCoordinatorService.heartbeat.
  if (astray !== null) return astray === 'COORDINATOR_LOAD_IN_PROGRESS' ? 'NONE' : astray;
  const group = state.groups.get(request.groupId);
  if (group === undefined) return 'UNKNOWN_MEMBER_ID';
  const problem = group.memberProblem(request.memberId, request.groupInstanceId);
  const member = group.members.get(request.memberId);
  if (problem !== null || member === undefined) return problem ?? 'UNKNOWN_MEMBER_ID';
  if (request.generationId !== group.generationId) return 'ILLEGAL_GENERATION';
  restartSession(state, group, member);
  return group.state === 'PreparingRebalance' ? 'REBALANCE_IN_PROGRESS' : 'NONE';
}
