/** Member ids that were handed out with MEMBER_ID_REQUIRED (KIP-394). Source: GroupMetadataManager.classicGroupJoinNewDynamicMember. */
import type { ClusterState } from './cluster-state.ts';
import type { Group } from './group.ts';
import { completeJoinAfterLoss } from './group-rebalance.ts';

/** A member id that was handed out is good for one session time-out; until then the join barrier waits for it. */
export function addPendingJoin(state: ClusterState, group: Group, memberId: string, sessionTimeoutMs: number): void {
  const timer = state.timers.schedule(state.nowMs + sessionTimeoutMs, () => {
    group.remove(memberId);
    completeJoinAfterLoss(state, group);
  });
  group.pendingJoins.set(memberId, timer);
}

/** It was used, or given back. */
export function removePendingJoin(state: ClusterState, group: Group, memberId: string): void {
  state.timers.cancel(group.pendingJoins.get(memberId) ?? null);
  group.pendingJoins.delete(memberId);
}
