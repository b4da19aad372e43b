/** CreatePartitions. Source: ReplicationControlManager.createPartitions. Not modelled: validateOnly, quotas. */
import type { ClusterState } from './cluster-state.ts';
import { onceByName } from './once-by-name.ts';
import type { CreatePartitionsRequest, CreatePartitionsResponse } from './protocol-topics.ts';
import type { Problem } from './replica-assignment.ts';
import { assignmentProblem, spreadReplicas } from './replica-assignment.ts';
import { newPartition } from './topic.ts';

type Addition = CreatePartitionsRequest['topics'][number];

export function createPartitions(state: ClusterState, request: CreatePartitionsRequest): CreatePartitionsResponse {
  return {
    results: onceByName(request.topics, ({ name }) => name).map(({ item: addition, twice }) => {
      const problem: Problem | null = twice
        ? { errorCode: 'INVALID_REQUEST', errorMessage: 'Duplicate topic name.' }
        : addPartitions(state, addition);
      return problem === null ? { name: addition.name, errorCode: 'NONE', errorMessage: null } : { name: addition.name, ...problem };
    }),
  };
}

function addPartitions(state: ClusterState, { name, count, assignments }: Addition): Problem | null {
  const topic = state.topics.get(name);
  if (topic === undefined)
    return { errorCode: 'UNKNOWN_TOPIC_OR_PARTITION', errorMessage: 'This server does not host this topic-partition.' };
  const existing = topic.partitions.length;
  if (count === existing) return { errorCode: 'INVALID_PARTITIONS', errorMessage: `Topic already has ${existing} partition(s).` };
  if (count < existing) {
    return {
      errorCode: 'INVALID_PARTITIONS',
      errorMessage: `The topic ${name} currently has ${existing} partition(s); ${count} would not be an increase.`,
    };
  }
  const added = count - existing;
  if (assignments !== null && assignments.length !== added) {
    return {
      errorCode: 'INVALID_REPLICA_ASSIGNMENT',
      errorMessage: `Attempted to add ${added} additional partition(s), but ${assignments.length} assignment(s) were specified.`,
    };
  }
  const problem = assignments === null ? null : assignmentProblem(state, assignments);
  if (problem !== null) return problem;
  const [first] = topic.partitions;
  const turn = first === undefined ? 0 : state.nodeIds.indexOf(first.leader);
  const replicas = assignments ?? spreadReplicas(state, turn, existing, added, first?.replicas.length ?? 1);
  for (const nodeIds of replicas) topic.partitions.push(newPartition(topic.partitions.length, nodeIds));
  return null;
}
