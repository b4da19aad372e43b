/**
 * DeleteTopics: the log and every group's committed offsets of the topic are gone, waiting fetches are told at once.
 * Source: ReplicationControlManager.deleteTopics, OffsetMetadataManager.onPartitionsDeleted.
 * Not modelled: that brokers learn of it one after another.
 */
import type { ClusterState } from './cluster-state.ts';
import { completeFetches } from './fetch.ts';
import { onceByName } from './once-by-name.ts';
import type { DeleteTopicsRequest, DeleteTopicsResponse } from './protocol-topics.ts';

export function deleteTopics(state: ClusterState, request: DeleteTopicsRequest): DeleteTopicsResponse {
  return {
    topics: onceByName(request.topics, (name) => name).map(({ item: name, twice }) => {
      if (twice) return { name, topicId: null, errorCode: 'INVALID_REQUEST' };
      const topic = state.topics.get(name);
      if (topic === undefined) return { name, topicId: null, errorCode: 'UNKNOWN_TOPIC_OR_PARTITION' };
      state.topics.delete(name);
      for (const group of state.groups.values()) group.offsets.deleteTopic(name);
      for (const partition of topic.partitions) {
        state.timers.cancel(partition.retentionTimer);
        completeFetches(partition);
      }
      return { name, topicId: topic.topicId, errorCode: 'NONE' };
    }),
  };
}
