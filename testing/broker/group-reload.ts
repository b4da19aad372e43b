/**
 * A group's coordinator is another one, or has been restarted: what was parked is answered, and what the offsets topic
 * has is what is known: committed offsets, and the last generation whose assignments were settled, with new sessions.
 * Source: GroupMetadataManager.onUnloaded and onLoaded. Not modelled: the time that loading takes, save by `loadingUntilMs`.
 */
import type { ClusterState } from './cluster-state.ts';
import type { Group } from './group.ts';
import { joinRefused } from './group.ts';
import { completeJoin, completeSync, NO_BYTES } from './group-member.ts';
import { restartSession } from './group-rebalance.ts';
import { scheduleOffsetExpiry } from './offset-expiry.ts';

export function reloadGroup(state: ClusterState, group: Group): void {
  state.timers.cancel(group.joinTimer);
  state.timers.cancel(group.syncTimer);
  group.joinTimer = null;
  group.syncTimer = null;
  for (const timer of group.pendingJoins.values()) state.timers.cancel(timer);
  group.pendingJoins.clear();
  const members = [...group.members.values()];
  for (const member of members) state.timers.cancel(member.sessionTimer);
  group.restore(state.nowMs);
  for (const member of group.members.values()) restartSession(state, group, member);
  scheduleOffsetExpiry(state, group);
  for (const member of members) {
    completeJoin(member, joinRefused('', 'NOT_COORDINATOR'));
    completeSync(member, { errorCode: 'NOT_COORDINATOR', protocolType: null, protocolName: null, assignment: NO_BYTES });
  }
}
