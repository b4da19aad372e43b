/**
 * ListOffsets: log start, log end, by time, and the greatest timestamp. Source: ReplicaManager.fetchOffset,
 * UnifiedLog.fetchOffsetByTimestamp. Not modelled: leader epochs, tiered storage.
 */
import type { Caller, ClusterState } from './cluster-state.ts';
import type { IsolationLevel, ListOffsetsPartitionResponse, ListOffsetsRequest, ListOffsetsResponse } from './protocol-data.ts';
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP, MAX_TIMESTAMP } from './protocol-data.ts';
import type { PartitionLog } from './partition-log.ts';
import { ledPartition } from './routing.ts';

export function listOffsets(state: ClusterState, caller: Caller, request: ListOffsetsRequest): ListOffsetsResponse {
  return {
    partitions: request.partitions.map(({ topic, partition, timestamp }): ListOffsetsPartitionResponse => {
      const found = ledPartition(state, caller, topic, partition);
      if (typeof found === 'string') return { topic, partition, errorCode: found, offset: -1, timestamp: -1 };
      return { topic, partition, errorCode: 'NONE', ...find(found.partition.log, timestamp, request.isolationLevel) };
    }),
  };
}

function find(
  log: PartitionLog,
  timestamp: number,
  isolationLevel: IsolationLevel,
): { readonly offset: number; readonly timestamp: number } {
  if (timestamp === LATEST_TIMESTAMP)
    return { offset: isolationLevel === 'read_committed' ? log.lastStableOffset : log.highWatermark, timestamp: -1 };
  if (timestamp === EARLIEST_TIMESTAMP) return { offset: log.logStartOffset, timestamp: -1 };
  const record = timestamp === MAX_TIMESTAMP ? log.findMaxTimestamp() : log.findByTimestamp(timestamp);
  return record === null ? { offset: -1, timestamp: -1 } : { offset: record.offset, timestamp: record.timestamp };
}
