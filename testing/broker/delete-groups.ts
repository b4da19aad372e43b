/** DeleteGroups: an empty group and its offsets go. Source: GroupCoordinatorShard.deleteGroups, ClassicGroup.validateDeleteGroup. */
import type { Caller, ClusterState } from './cluster-state.ts';
import type { BrokerErrorCode } from './error-code.ts';
import { forgetGroup } from './offset-expiry.ts';
import type { DeleteGroupsRequest, DeleteGroupsResponse } from './protocol-group.ts';
import { coordinatorProblem } from './routing.ts';

export function deleteGroups(state: ClusterState, caller: Caller, request: DeleteGroupsRequest): DeleteGroupsResponse {
  return { results: request.groups.map((groupId) => ({ groupId, errorCode: deleteGroup(state, caller, groupId) })) };
}

function deleteGroup(state: ClusterState, caller: Caller, groupId: string): BrokerErrorCode {
  if (groupId === '') return 'INVALID_GROUP_ID';
  const astray = coordinatorProblem(state, caller, groupId);
  if (astray !== null) return astray;
  const group = state.groups.get(groupId);
  if (group === undefined) return 'GROUP_ID_NOT_FOUND';
  if (group.state !== 'Empty') return 'NON_EMPTY_GROUP';
  forgetGroup(state, group);
  return 'NONE';
}
