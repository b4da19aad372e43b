/**
 * Who leads and replicates which partition. Without a manual assignment the leaders take turns over the brokers, from
 * another first broker for each topic. Source of the checks: ReplicationControlManager.createTopic.
 * Not modelled: racks; Kafka's placer starts at a random broker.
 */
import type { ClusterState } from './cluster-state.ts';
import type { BrokerErrorCode } from './error-code.ts';
import type { NodeId } from './protocol.ts';

/** An error as Kafka's admin requests answer it. */
export interface Problem {
  readonly errorCode: Exclude<BrokerErrorCode, 'NONE'>;
  readonly errorMessage: string;
}

export type Replicas = readonly (readonly NodeId[])[];

/** Replicas of `count` partitions, the first of which is partition `firstPartition` of the topic. */
export function spreadReplicas(
  state: ClusterState,
  turn: number,
  firstPartition: number,
  count: number,
  replicationFactor: number,
): Replicas {
  const { nodeIds } = state;
  return Array.from({ length: count }, (_, index) =>
    Array.from(
      { length: replicationFactor },
      (__, replica) => nodeIds[(turn + firstPartition + index + replica) % nodeIds.length] as NodeId,
    ),
  );
}

/** What is wrong with a manual assignment, or null. */
export function assignmentProblem(state: ClusterState, assignments: Replicas): Problem | null {
  const replicationFactor = assignments[0]?.length ?? 0;
  for (const [partition, replicas] of assignments.entries()) {
    const invalid = (errorMessage: string): Problem => ({ errorCode: 'INVALID_REPLICA_ASSIGNMENT', errorMessage });
    if (replicas.length === 0) return invalid(`The manual partition assignment of partition ${partition} includes an empty replica list.`);
    if (new Set(replicas).size !== replicas.length)
      return invalid(`The manual partition assignment of partition ${partition} includes a broker more than once.`);
    const unknown = replicas.find((nodeId) => !state.nodeIds.includes(nodeId));
    if (unknown !== undefined)
      return invalid(`The manual partition assignment includes broker ${unknown}, but no such broker is registered.`);
    if (replicas.length !== replicationFactor)
      return invalid(`Partition ${partition} has ${replicas.length} replicas, but partition 0 has ${replicationFactor}.`);
  }
  return null;
}
