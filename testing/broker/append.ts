/** Turns new records into a batch of a partition's log. The checks are those of Kafka's leader, in its order. */
import type { KafkaRecord } from '../../src/record.ts';
import type { BrokerErrorCode } from './error-code.ts';
import type { Partition, Topic } from './topic.ts';
import type { NewRecord } from './protocol-data.ts';
import { BATCH_OVERHEAD_BYTES, recordSizeInBytes } from './record-size.ts';

/** A record without a timestamp. Source: RecordBatch.NO_TIMESTAMP. */
const NO_TIMESTAMP = -1;

/** Source of the order: UnifiedLog.append: analyzeAndValidateRecords, then LogValidator.validateMessagesAndAssignOffsets. */
export function appendRecords(topic: Topic, partition: Partition, records: readonly NewRecord[], nowMs: number): BrokerErrorCode {
  const { log } = partition;
  if (records.length === 0) return 'INVALID_RECORD';
  const sizeInBytes = batchSizeInBytes(records);
  if (sizeInBytes > topic.config.maxMessageBytes) return 'MESSAGE_TOO_LARGE';
  for (const record of records) {
    if (topic.config.compact && record.key === null) return 'INVALID_RECORD';
    if (!topic.config.logAppendTime && record.timestamp !== NO_TIMESTAMP) {
      if (nowMs - record.timestamp > topic.config.timestampBeforeMaxMs) return 'INVALID_TIMESTAMP';
      if (record.timestamp - nowMs > topic.config.timestampAfterMaxMs) return 'INVALID_TIMESTAMP';
    }
  }

  const baseOffset = log.logEndOffset;
  let maxTimestamp = NO_TIMESTAMP;
  const stored = records.map((record, index): KafkaRecord => {
    const timestamp = topic.config.logAppendTime ? nowMs : record.timestamp;
    maxTimestamp = Math.max(maxTimestamp, timestamp);
    return {
      topic: topic.name,
      partition: partition.index,
      offset: baseOffset + index,
      timestamp,
      key: record.key,
      value: record.value,
      headers: record.headers,
    };
  });
  log.append({
    baseOffset,
    lastOffset: baseOffset + records.length - 1,
    records: stored,
    sizeInBytes,
    maxTimestamp,
    partitionLeaderEpoch: partition.leaderEpoch,
  });
  return 'NONE';
}

function batchSizeInBytes(records: readonly NewRecord[]): number {
  const baseTimestamp = records[0]?.timestamp ?? 0;
  return records.reduce(
    (size, record, index) => size + recordSizeInBytes(record, index, record.timestamp - baseTimestamp),
    BATCH_OVERHEAD_BYTES,
  );
}
