/** FindCoordinator. Any broker answers. Not modelled: coordinators of transactions and share groups. */
import type { ClusterState } from './cluster-state.ts';
import type { FindCoordinatorRequest, FindCoordinatorResponse } from './protocol-group.ts';
import { coordinatorOf } from './routing.ts';

export function findCoordinator(state: ClusterState, request: FindCoordinatorRequest): FindCoordinatorResponse {
  return { errorCode: 'NONE', nodeId: coordinatorOf(state, request.key) };
}
