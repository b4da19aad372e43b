/** What each disturbance does. True where it found something to disturb. */
import type { ClusterState } from './cluster-state.ts';
import { findPartition } from './cluster-state.ts';
import type { Disturbance } from './disturbance.ts';
import { completeFetches, wakeFetches } from './fetch.ts';
import { reloadGroup } from './group-reload.ts';
import { rebalanceOrCompleteJoin } from './group-rebalance.ts';
import { wakeProduces } from './produce.ts';
import type { NodeId } from './protocol.ts';
import { coordinatorOf, liveNodes } from './routing.ts';
import type { Partition } from './topic.ts';

const NO_LEADER: NodeId = -1;

/** Size of a marker of a transaction. Source: EndTransactionMarker in a batch of format v2. */
const CONTROL_BATCH_BYTES = 78;

export function disturb(state: ClusterState, disturbance: Disturbance): boolean {
  switch (disturbance.kind) {
    case 'broker-stopped':
      return stopBroker(state, disturbance.nodeId);
    case 'broker-started':
      return startBroker(state, disturbance.nodeId);
    case 'coordinator-moved':
      return moveCoordinator(state, disturbance.groupId, disturbance.loadMs);
    case 'coordinator-loading':
      for (const group of state.groups.values()) reloadGroup(state, group);
      state.loadingUntilMs = Math.max(state.loadingUntilMs, state.nowMs + disturbance.ms);
      return state.groups.size > 0;
    case 'disk-failed':
      state.diskFailedUntilMs.set(disturbance.nodeId, state.nowMs + disturbance.ms);
      for (const partition of partitionsOf(state)) if (partition.leader === disturbance.nodeId) completeFetches(partition);
      return true;
    case 'rebalance':
      return startRebalance(state, disturbance.groupId);
    default: {
      const found = findPartition(state, disturbance.topic, disturbance.partition);
      return found !== null && disturbPartition(state, found.partition, disturbance);
    }
  }
}

function disturbPartition(
  state: ClusterState,
  partition: Partition,
  disturbance: Extract<Disturbance, { readonly topic: string }>,
): boolean {
  switch (disturbance.kind) {
    case 'leader-moved': {
      const next = partition.inSyncReplicas.find((nodeId) => nodeId !== partition.leader && !state.down.has(nodeId));
      if (next === undefined) return false;
      lead(partition, next);
      return true;
    }
    case 'replica-lagging':
      if (partition.inSyncReplicas.length < 2) return false;
      partition.log.hold(true);
      state.timers.schedule(state.nowMs + disturbance.ms, () => catchUp(partition));
      return true;
    case 'replicas-lost':
      if (partition.inSyncReplicas.length < 2 || partition.leader === NO_LEADER) return false;
      partition.inSyncReplicas = [partition.leader];
      catchUp(partition);
      state.timers.schedule(state.nowMs + disturbance.ms, () => {
        partition.inSyncReplicas = partition.replicas.filter((nodeId) => !state.down.has(nodeId));
      });
      return true;
    case 'unclean-leader': {
      const { log } = partition;
      const end = Math.max(log.logStartOffset, log.logEndOffset - disturbance.records);
      if (end === log.logEndOffset) return false;
      const next = partition.replicas.find((nodeId) => nodeId !== partition.leader && !state.down.has(nodeId)) ?? partition.leader;
      log.hold(false);
      log.truncate(end);
      partition.producers.truncate(end);
      lead(partition, next);
      return true;
    }
    case 'control-record': {
      const { log, leaderEpoch } = partition;
      const offset = log.logEndOffset;
      log.append({
        baseOffset: offset,
        lastOffset: offset,
        records: [],
        sizeInBytes: CONTROL_BATCH_BYTES,
        maxTimestamp: state.nowMs,
        partitionLeaderEpoch: leaderEpoch,
      });
      wakeFetches(partition);
      return true;
    }
    case 'records-removed': {
      const { log } = partition;
      const before = log.logStartOffset;
      log.moveStart(log.highWatermark - disturbance.keep);
      return log.logStartOffset > before;
    }
  }
}

function lead(partition: Partition, leader: NodeId): void {
  partition.leader = leader;
  partition.leaderEpoch += 1;
  // Whoever waits here is told that it must ask elsewhere.
  completeFetches(partition);
  wakeProduces(partition);
}

/** The replica that held the high watermark back has everything. */
function catchUp(partition: Partition): void {
  partition.log.hold(false);
  wakeFetches(partition);
  wakeProduces(partition);
}

function stopBroker(state: ClusterState, nodeId: NodeId): boolean {
  const live = liveNodes(state);
  if (live.length < 2 || !live.includes(nodeId)) return false;
  const moved = [...state.groups.values()].filter((group) => coordinatorOf(state, group.groupId) === nodeId);
  state.down.add(nodeId);
  for (const partition of partitionsOf(state)) {
    const others = partition.inSyncReplicas.filter((each) => each !== nodeId);
    // The last of the in-sync set stays in it: nobody else may lead.
    if (others.length > 0) partition.inSyncReplicas = others;
    if (partition.leader === nodeId) lead(partition, others[0] ?? NO_LEADER);
    else if (others.length === 1) catchUp(partition);
  }
  for (const group of moved) reloadGroup(state, group);
  return true;
}

function startBroker(state: ClusterState, nodeId: NodeId): boolean {
  if (!state.down.has(nodeId)) return false;
  const home = [...state.groups.values()].map((group) => ({ group, before: coordinatorOf(state, group.groupId) }));
  state.down.delete(nodeId);
  for (const partition of partitionsOf(state)) {
    if (!partition.replicas.includes(nodeId)) continue;
    if (!partition.inSyncReplicas.includes(nodeId)) partition.inSyncReplicas = [...partition.inSyncReplicas, nodeId];
    if (partition.leader === NO_LEADER && partition.inSyncReplicas.includes(nodeId)) lead(partition, nodeId);
  }
  for (const { group, before } of home) if (coordinatorOf(state, group.groupId) !== before) reloadGroup(state, group);
  return true;
}

function moveCoordinator(state: ClusterState, groupId: string, loadMs: number): boolean {
  const before = coordinatorOf(state, groupId);
  state.coordinatorMoves.set(groupId, (state.coordinatorMoves.get(groupId) ?? 0) + 1);
  if (coordinatorOf(state, groupId) === before) return false;
  state.loadingUntilMs = Math.max(state.loadingUntilMs, state.nowMs + loadMs);
  const group = state.groups.get(groupId);
  if (group !== undefined) reloadGroup(state, group);
  return true;
}

function startRebalance(state: ClusterState, groupId: string): boolean {
  const group = state.groups.get(groupId);
  if (group === undefined || (group.state !== 'Stable' && group.state !== 'CompletingRebalance')) return false;
  rebalanceOrCompleteJoin(state, group);
  return true;
}

function* partitionsOf(state: ClusterState): Generator<Partition> {
  for (const topic of state.topics.values()) yield* topic.partitions;
}
