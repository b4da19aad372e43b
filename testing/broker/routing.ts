/**
 * Which broker answers for what. Leaders come from the replica assignment; a group's coordinator is the leader of its
 * partition of the offsets topic, which has Kafka's default of 50 partitions, spread over the brokers in order.
 * Source: ReplicaManager.getPartitionOrError, GroupCoordinatorService.partitionFor.
 * Not modelled: moving leaders and coordinators, brokers that are down, COORDINATOR_LOAD_IN_PROGRESS.
 */
import type { Caller, ClusterState } from './cluster-state.ts';
import { findPartition } from './cluster-state.ts';
import type { BrokerErrorCode } from './error-code.ts';
import { javaHashCode, kafkaAbs } from './java-hash.ts';
import type { NodeId } from './protocol.ts';
import type { Partition, Topic } from './topic.ts';

const OFFSETS_TOPIC_PARTITIONS = 50;

export function coordinatorOf(state: ClusterState, groupId: string): NodeId {
  const partition = kafkaAbs(javaHashCode(groupId)) % OFFSETS_TOPIC_PARTITIONS;
  return state.nodeIds[partition % state.nodeIds.length] as NodeId;
}

export function isCoordinator(state: ClusterState, caller: Caller, groupId: string): boolean {
  return coordinatorOf(state, groupId) === caller.nodeId;
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
  return found.partition.leader === caller.nodeId ? found : 'NOT_LEADER_OR_FOLLOWER';
}
