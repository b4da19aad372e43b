/**
 * CreateTopics. Checks in Kafka's order: asked for twice, name, exists, collision, configuration, assignment or counts.
 * Source: ReplicationControlManager.createTopics. Not modelled: validateOnly, quotas, policies.
 */
import type { ClusterState } from './cluster-state.ts';
import type { CreateTopicsRequest, CreateTopicsResponse } from './protocol-topics.ts';
import { onceByName } from './once-by-name.ts';
import type { Problem, Replicas } from './replica-assignment.ts';
import { assignmentProblem, spreadReplicas } from './replica-assignment.ts';
import { newPartition } from './topic.ts';
import { parseTopicConfig } from './topic-config.ts';
import { topicNameProblem, topicNamesCollide } from './topic-name.ts';

type NewTopic = CreateTopicsRequest['topics'][number];

export function createTopics(state: ClusterState, request: CreateTopicsRequest): CreateTopicsResponse {
  return {
    topics: onceByName(request.topics, ({ name }) => name).map(({ item: topic, twice }) => {
      const outcome = twice ? problem('INVALID_REQUEST', 'Duplicate topic name.') : createTopic(state, topic);
      if ('errorCode' in outcome) return { name: topic.name, topicId: null, ...outcome };
      return { name: topic.name, topicId: outcome.topicId, errorCode: 'NONE', errorMessage: null };
    }),
  };
}

function createTopic(state: ClusterState, topic: NewTopic): Problem | { readonly topicId: string } {
  const nameProblem = topicNameProblem(topic.name);
  if (nameProblem !== null) return problem('INVALID_TOPIC_EXCEPTION', nameProblem);
  if (state.topics.has(topic.name)) return problem('TOPIC_ALREADY_EXISTS', `Topic '${topic.name}' already exists.`);
  const collision = [...state.topics.keys()].find((name) => topicNamesCollide(name, topic.name));
  if (collision !== undefined)
    return problem('INVALID_TOPIC_EXCEPTION', `Topic '${topic.name}' collides with existing topic: ${collision}`);
  const config = parseTopicConfig(topic.configs, state.config);
  if ('problem' in config) return problem('INVALID_CONFIG', config.problem);
  const replicas = replicasOf(state, topic);
  if ('errorCode' in replicas) return replicas;

  const topicId = state.ids('topic');
  state.topicsCreated += 1;
  state.topics.set(topic.name, {
    name: topic.name,
    topicId,
    config,
    partitions: replicas.map((nodeIds, index) => newPartition(index, nodeIds)),
  });
  return { topicId };
}

function replicasOf(state: ClusterState, topic: NewTopic): Problem | Replicas {
  const { assignments, numPartitions, replicationFactor } = topic;
  if (assignments !== null && assignments.length > 0) {
    if (replicationFactor !== -1)
      return problem('INVALID_REQUEST', 'A manual partition assignment was specified, but replication factor was not set to -1.');
    if (numPartitions !== -1)
      return problem('INVALID_REQUEST', 'A manual partition assignment was specified, but numPartitions was not set to -1.');
    return assignmentProblem(state, assignments) ?? assignments;
  }
  if (replicationFactor < -1 || replicationFactor === 0)
    return problem('INVALID_REPLICATION_FACTOR', 'Replication factor must be larger than 0, or -1 to use the default value.');
  if (numPartitions < -1 || numPartitions === 0)
    return problem('INVALID_PARTITIONS', 'Number of partitions was set to an invalid non-positive value.');
  const factor = replicationFactor === -1 ? 1 : replicationFactor;
  if (factor > state.nodeIds.length) {
    return problem(
      'INVALID_REPLICATION_FACTOR',
      `Unable to replicate the partition ${factor} time(s): there are only ${state.nodeIds.length} broker(s).`,
    );
  }
  return spreadReplicas(state, state.topicsCreated, 0, numPartitions === -1 ? 1 : numPartitions, factor);
}

function problem(errorCode: Problem['errorCode'], errorMessage: string): Problem {
  return { errorCode, errorMessage };
}
