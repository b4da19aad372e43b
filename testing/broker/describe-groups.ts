/**
 * DescribeGroups. As up to v5: a group that does not exist is `Dead` without an error (v6 has GROUP_ID_NOT_FOUND).
 * Source: GroupMetadataManager.describeGroups, ClassicGroupMember.describeNoMetadata.
 */
import type { Caller, ClusterState } from './cluster-state.ts';
import type { BrokerErrorCode } from './error-code.ts';
import { memberMetadata, NO_BYTES } from './group-member.ts';
import type { DescribedGroup, DescribeGroupsRequest, DescribeGroupsResponse } from './protocol-group.ts';
import { coordinatorProblem } from './routing.ts';

export function describeGroups(state: ClusterState, caller: Caller, request: DescribeGroupsRequest): DescribeGroupsResponse {
  return { groups: request.groups.map((groupId) => describe(state, caller, groupId)) };
}

function describe(state: ClusterState, caller: Caller, groupId: string): DescribedGroup {
  const astray = coordinatorProblem(state, caller, groupId);
  if (astray !== null) return missing(groupId, astray);
  const group = state.groups.get(groupId);
  if (group === undefined) return missing(groupId, 'NONE');
  const stable = group.state === 'Stable';
  return {
    errorCode: 'NONE',
    groupId,
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: stable ? (group.protocolName ?? '') : '',
    members: [...group.members.values()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      memberMetadata: stable ? memberMetadata(member, group.protocolName) : NO_BYTES,
      memberAssignment: member.assignment,
    })),
  };
}

function missing(groupId: string, errorCode: BrokerErrorCode): DescribedGroup {
  return { errorCode, groupId, groupState: 'Dead', protocolType: '', protocolData: '', members: [] };
}
