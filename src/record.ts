/** One header: its name and its bytes. Names may repeat, their order is kept, and a value may be null, as in Kafka. */
export type RecordHeader = readonly [name: string, value: Uint8Array | null];

/** One record as it stands in a partition of a topic. Read-only: the runtime may hand the same object out again. */
export interface KafkaRecord {
  readonly topic: string;
  readonly partition: number;
  /** Offset in the partition, from 0. Offsets have gaps (compaction, control records). At most 2^53 − 1. */
  readonly offset: number;
  /** Milliseconds since the epoch; create time or log-append time, as the topic is configured. −1 when there is none. */
  readonly timestamp: number;
  /** The key's bytes; null when the record has none. */
  readonly key: Uint8Array | null;
  /** The value's bytes; null is a tombstone, and is not the same as zero bytes. */
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}
