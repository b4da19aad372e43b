/**
 * Metadata. A topic that is not there is UNKNOWN_TOPIC_OR_PARTITION: nothing is ever created by asking.
 * Not modelled: internal topics, authorised operations, the list of offline replicas, hosts and ports (the driver's).
 */
import type { ClusterState } from './cluster-state.ts';
import { liveNodes } from './routing.ts';
import type { MetadataRequest, MetadataResponse, TopicMetadata } from './protocol-data.ts';
import type { Topic } from './topic.ts';
import { topicNameProblem } from './topic-name.ts';

export function metadata(state: ClusterState, request: MetadataRequest): MetadataResponse {
  const names = request.topics ?? [...state.topics.keys()].sort();
  return {
    clusterId: state.clusterId,
    controllerId: liveNodes(state)[0] as number,
    brokers: liveNodes(state).map((nodeId) => ({ nodeId })),
    topics: names.map((name) => describe(name, state.topics.get(name))),
  };
}

function describe(name: string, topic: Topic | undefined): TopicMetadata {
  if (topic === undefined) {
    const errorCode = topicNameProblem(name) === null ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'INVALID_TOPIC_EXCEPTION';
    return { errorCode, name, topicId: null, partitions: [] };
  }
  return {
    errorCode: 'NONE',
    name,
    topicId: topic.topicId,
    partitions: topic.partitions.map(({ index, leader, leaderEpoch, replicas, inSyncReplicas }) => ({
      errorCode: leader === -1 ? 'LEADER_NOT_AVAILABLE' : 'NONE',
      partition: index,
      leader,
      leaderEpoch,
      replicas,
      inSyncReplicas,
    })),
  };
}
