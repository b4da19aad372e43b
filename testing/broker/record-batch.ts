import type { KafkaRecord } from '../../src/record.ts';

/**
 * One batch as it stands in a log: the unit of append, fetch and size. Offsets may have gaps, within a batch and between
 * batches: `lastOffset` may lie above the last record, so go on from `lastOffset` + 1.
 * Not modelled yet: compression, producer id, epoch and sequence, transactional and control batches.
 */
export interface RecordBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** In offset order. The log's own objects, handed out as they are. */
  readonly records: readonly KafkaRecord[];
  /** Size of the uncompressed batch (format v2) on disk and in a fetch. */
  readonly sizeInBytes: number;
  readonly maxTimestamp: number;
  /** Epoch of the leader that appended it. */
  readonly partitionLeaderEpoch: number;
}
