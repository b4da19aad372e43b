/**
 * Retention by time and by size. Looked at every log.retention.check.interval.ms, as in Kafka, but a timer is set only
 * for the check that finds something, so that an idle cluster has no deadline.
 * Source: UnifiedLog.deleteOldSegments. Not modelled: segments; the unit of removal is a batch.
 */
import type { ClusterState } from './cluster-state.ts';
import { nextTick } from './cluster-state.ts';
import type { Partition, Topic } from './topic.ts';

/** To be called after an append. */
export function scheduleRetention(state: ClusterState, topic: Topic, partition: Partition): void {
  // An append makes the oldest batch no older, but it may make the log too large.
  if (partition.retentionTimer !== null && topic.config.retentionBytes < 0) return;
  const dueAtMs = retentionDueAt(state, topic, partition);
  if (dueAtMs === null) return;
  const atMs = nextTick(state, dueAtMs, state.config.logRetentionCheckIntervalMs);
  if (partition.retentionTimer !== null) {
    if (partition.retentionTimer.atMs <= atMs) return;
    state.timers.cancel(partition.retentionTimer);
  }
  partition.retentionTimer = state.timers.schedule(atMs, () => {
    partition.retentionTimer = null;
    applyRetention(state, topic, partition);
    scheduleRetention(state, topic, partition);
  });
}

/** When the oldest batch may go; null when it never does. */
function retentionDueAt(state: ClusterState, topic: Topic, partition: Partition): number | null {
  const { config } = topic;
  const first = config.delete ? partition.log.firstBatch : null;
  if (first === null) return null;
  if (config.retentionBytes >= 0 && partition.log.sizeInBytes - first.sizeInBytes >= config.retentionBytes) return state.nowMs;
  return config.retentionMs < 0 ? null : first.maxTimestamp + config.retentionMs + 1;
}

function applyRetention(state: ClusterState, topic: Topic, partition: Partition): void {
  const { config } = topic;
  const { log } = partition;
  let start = log.logStartOffset;
  let excessBytes = config.retentionBytes < 0 ? 0 : log.sizeInBytes - config.retentionBytes;
  for (const batch of log.batches(start)) {
    const tooOld = config.retentionMs >= 0 && state.nowMs - batch.maxTimestamp > config.retentionMs;
    excessBytes -= batch.sizeInBytes;
    if (!tooOld && !(config.retentionBytes >= 0 && excessBytes >= 0)) break;
    start = batch.lastOffset + 1;
  }
  log.moveStart(start);
}
