/** DeleteRecords, at the leader: moves the log start. Source: Partition.deleteRecordsOnLeader, UnifiedLog.maybeIncrementLogStartOffset. */
import type { Caller, ClusterState } from './cluster-state.ts';
import type { DeleteRecordsRequest, DeleteRecordsResponse } from './protocol-topics.ts';
import { ledPartition } from './routing.ts';

const HIGH_WATERMARK = -1;

export function deleteRecords(state: ClusterState, caller: Caller, request: DeleteRecordsRequest): DeleteRecordsResponse {
  return {
    partitions: request.partitions.map(({ topic, partition, offset }) => {
      const found = ledPartition(state, caller, topic, partition);
      if (typeof found === 'string') return { topic, partition, errorCode: found, lowWatermark: -1 };
      if (!found.topic.config.delete) return { topic, partition, errorCode: 'POLICY_VIOLATION', lowWatermark: -1 };
      const { log } = found.partition;
      const target = offset === HIGH_WATERMARK ? log.highWatermark : offset;
      if (target < 0 || target > log.highWatermark) return { topic, partition, errorCode: 'OFFSET_OUT_OF_RANGE', lowWatermark: -1 };
      log.moveStart(target);
      return { topic, partition, errorCode: 'NONE', lowWatermark: log.logStartOffset };
    }),
  };
}
