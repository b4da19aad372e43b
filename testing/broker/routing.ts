/**
 * Which broker answers for what. Leaders come from the replica assignment; a group's coordinator is the leader of its
 * partition of the offsets topic, which has Kafka's default of 50 partitions, spread over the brokers in order.
 * Source: ReplicaManager.getPartitionOrError, GroupCoordinatorService.partitionFor.
 * Leaders and coordinators move, and brokers go down, by `disturb` only. Not modelled: that brokers and clients learn of it
 * one after another.
 */
import type { Caller, ClusterState } from './cluster-state.ts';
import { findPartition } from './cluster-state.ts';
import type { BrokerErrorCode } from './error-code.ts';
import { javaHashCode, kafkaAbs } from './java-hash.ts';
import type { NodeId } from './protocol.ts';
import type { Partition, Topic } from './topic.ts';

const OFFSETS_TOPIC_PARTITIONS = 50;

/** Brokers that are up, ascending; never none. */
export function liveNodes(state: ClusterState): readonly NodeId[] {
  return state.down.size === 0 ? state.nodeIds : state.nodeIds.filter((nodeId) => !state.down.has(nodeId));
}

export function coordinatorOf(state: ClusterState, groupId: string): NodeId {
  const partition = kafkaAbs(javaHashCode(groupId)) % OFFSETS_TOPIC_PARTITIONS;
  const moves = state.coordinatorMoves.get(groupId) ?? 0;
  const live = liveNodes(state);
  const home = state.nodeIds[(partition + moves) % state.nodeIds.length] as NodeId;
  return live.includes(home) ? home : (live[partition % live.length] as NodeId);
}

/** What the asked broker answers for the group instead of doing it; null when it is for it to do. */
export function coordinatorProblem(
  state: ClusterState,
  caller: Caller,
  groupId: string,
): 'NOT_COORDINATOR' | 'COORDINATOR_LOAD_IN_PROGRESS' | null {
  if (coordinatorOf(state, groupId) !== caller.nodeId) return 'NOT_COORDINATOR';
  return state.nowMs < state.loadingUntilMs ? 'COORDINATOR_LOAD_IN_PROGRESS' : null;
}

/** The partition, if the asked broker leads it; else the error code that it answers. */
export function ledPartition(
  state: ClusterState,
  caller: Caller,
  topic: string,
  partition: number,
): { readonly topic: Topic; readonly partition: Partition } | Exclude<BrokerErrorCode, 'NONE'> {
  const found = findPartition(state, topic, partition);
  if (found === null) return 'UNKNOWN_TOPIC_OR_PARTITION';
  if (found.partition.leader !== caller.nodeId) return 'NOT_LEADER_OR_FOLLOWER';
  return state.nowMs < (state.diskFailedUntilMs.get(caller.nodeId) ?? 0) ? 'KAFKA_STORAGE_ERROR' : found;
}
