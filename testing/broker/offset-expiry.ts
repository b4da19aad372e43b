/**
 * Expiry of committed offsets and of groups without any. The sweep runs every offsets.retention.check.interval.ms, as in
 * Kafka, but a timer is set only for the sweep that may find something.
 * - Empty group with a protocol type: all its offsets, from when it became empty.
 * - Stable consumer group: offsets of topics that it does not subscribe to, from their commit; subscribed ones never.
 * - No protocol type (offsets committed from outside only): from their commit.
 * - Any other state: none. An empty group that has no offsets left is deleted.
 * Source: ClassicGroup.offsetExpirationCondition, OffsetMetadataManager.cleanupExpiredOffsets, GroupCoordinatorShard.cleanupGroupMetadata.
 */
import type { ClusterState } from './cluster-state.ts';
import { nextTick } from './cluster-state.ts';
import { CONSUMER_PROTOCOL_TYPE } from './consumer-protocol.ts';
import type { Group } from './group.ts';
import type { StoredOffset } from './group-offsets.ts';

/** To be called when the state of the group changes, and when an offset is stored while no timer is set. */
export function scheduleOffsetExpiry(state: ClusterState, group: Group): void {
  state.timers.cancel(group.offsetsTimer);
  const dueAtMs = nextExpiry(state, group);
  group.offsetsTimer =
    dueAtMs === null
      ? null
      : state.timers.schedule(nextTick(state, dueAtMs, state.config.offsetsRetentionCheckIntervalMs), () => {
          group.offsetsTimer = null;
          sweep(state, group);
        });
}

/** The group and all that it stores are gone. */
export function forgetGroup(state: ClusterState, group: Group): void {
  for (const timer of group.pendingJoins.values()) state.timers.cancel(timer);
  for (const timer of [group.offsetsTimer, group.joinTimer, group.syncTimer]) state.timers.cancel(timer);
  group.transitionTo('Dead', state.nowMs);
  state.groups.delete(group.groupId);
}

function sweep(state: ClusterState, group: Group): void {
  for (const { topic, partition, stored } of [...group.offsets.entries()]) {
    const expiresAtMs = expiryOf(state, group, topic, stored);
    if (expiresAtMs !== null && expiresAtMs <= state.nowMs) group.offsets.delete(topic, partition);
  }
  if (group.state === 'Empty' && group.offsets.isEmpty) forgetGroup(state, group);
  else scheduleOffsetExpiry(state, group);
}

function nextExpiry(state: ClusterState, group: Group): number | null {
  if (group.state === 'Empty' && group.offsets.isEmpty) return state.nowMs;
  let earliest: number | null = null;
  for (const { topic, stored } of group.offsets.entries()) {
    const expiresAtMs = expiryOf(state, group, topic, stored);
    if (expiresAtMs !== null && (earliest === null || expiresAtMs < earliest)) earliest = expiresAtMs;
  }
  return earliest;
}

function expiryOf(state: ClusterState, group: Group, topic: string, stored: StoredOffset): number | null {
  const { offsetsRetentionMs } = state.config;
  if (group.protocolType === null) return stored.commitTimestampMs + offsetsRetentionMs;
  if (group.isSubscribedTo(topic)) return null;
  if (group.state === 'Empty') return group.stateSinceMs + offsetsRetentionMs;
  const knowsItsTopics = group.protocolType === CONSUMER_PROTOCOL_TYPE && group.subscribedTopics !== null;
  return knowsItsTopics && group.state === 'Stable' ? stored.commitTimestampMs + offsetsRetentionMs : null;
}
