/** LeaveGroup, of several members at once (KIP-345). Source: GroupMetadataManager.classicGroupLeave. */
import type { Caller, ClusterState } from './cluster-state.ts';
import type { BrokerErrorCode } from './error-code.ts';
import type { Group } from './group.ts';
import { joinRefused } from './group.ts';
import { completeJoin } from './group-member.ts';
import { rebalanceOrCompleteJoin, removeMember } from './group-rebalance.ts';
import { removePendingJoin } from './pending-joins.ts';
import type { LeaveGroupRequest, LeaveGroupResponse } from './protocol-group.ts';
import { coordinatorProblem } from './routing.ts';

type Leaver = LeaveGroupRequest['members'][number];

export function leaveGroup(state: ClusterState, caller: Caller, request: LeaveGroupRequest): LeaveGroupResponse {
  if (request.groupId === '') return { errorCode: 'INVALID_GROUP_ID', members: [] };
  const astray = coordinatorProblem(state, caller, request.groupId);
  if (astray !== null) return { errorCode: astray, members: [] };
  const group = state.groups.get(request.groupId);
  const members = request.members.map((leaver) => ({
    memberId: leaver.memberId,
    groupInstanceId: leaver.groupInstanceId,
    errorCode: group === undefined ? 'UNKNOWN_MEMBER_ID' : leave(state, group, leaver),
  }));
  if (group !== undefined && group.state !== 'Empty' && members.some(({ errorCode }) => errorCode === 'NONE'))
    rebalanceOrCompleteJoin(state, group);
  return { errorCode: 'NONE', members };
}

function leave(state: ClusterState, group: Group, leaver: Leaver): BrokerErrorCode {
  let { memberId } = leaver;
  if (memberId === '') {
    memberId = leaver.groupInstanceId === null ? '' : (group.staticMemberId(leaver.groupInstanceId) ?? '');
  } else if (group.pendingJoins.has(memberId)) {
    removePendingJoin(state, group, memberId);
    return 'NONE';
  } else {
    const problem = group.memberProblem(memberId, leaver.groupInstanceId);
    if (problem !== null) return problem;
  }
  const member = group.members.get(memberId);
  if (member === undefined) return 'UNKNOWN_MEMBER_ID';
  completeJoin(member, joinRefused('', 'UNKNOWN_MEMBER_ID'));
  removeMember(state, group, member);
  return 'NONE';
}
