/** Requests about records: Produce, Fetch, ListOffsets, and Metadata, which tells whom to ask. */
import type { RecordHeader } from '../../src/record.ts';
import type { BrokerErrorCode } from './error-code.ts';
import type { ProducerBatch } from './producer-state.ts';
import type { RecordBatch } from './record-batch.ts';

/** A record before it has a place. The core keeps the byte arrays as they are: the caller must not write to them later. */
export interface NewRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
  /** Milliseconds since the epoch; replaced where the topic says `LogAppendTime`. */
  readonly timestamp: number;
}

export interface ProduceRequest {
  /** −1 all in-sync replicas, 1 the leader, 0 no reply at all. */
  readonly acks: number;
  /** How long to wait for the in-sync replicas (ms), for acks −1. Default 30,000. */
  readonly timeoutMs?: number;
  readonly partitions: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly records: readonly NewRecord[];
    /** Of an idempotent producer. */
    readonly producer?: ProducerBatch;
  }[];
}
export interface ProduceResponse {
  readonly partitions: readonly ProducePartitionResponse[];
}
export interface ProducePartitionResponse {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: BrokerErrorCode;
  /** Offset of the first record; −1 with an error. */
  readonly baseOffset: number;
  /** The broker's time where the topic says `LogAppendTime`, else −1. */
  readonly logAppendTimeMs: number;
  readonly logStartOffset: number;
  /** With INVALID_TIMESTAMP: the latest that the leader takes now. Kafka says it in the words of a record's error. */
  readonly latestTimestampMs?: number;
}

/** Always without a transactional id. */
export type InitProducerIdRequest = Readonly<Record<never, never>>;
export interface InitProducerIdResponse {
  readonly errorCode: BrokerErrorCode;
  readonly producerId: number;
  readonly producerEpoch: number;
}

export type IsolationLevel = 'read_uncommitted' | 'read_committed';

export interface FetchRequest {
  /** The reply is held back this long (ms) at most, until `minBytes` are there. */
  readonly maxWaitMs: number;
  readonly minBytes: number;
  /** Limit of the whole reply; the first batch comes whatever its size. */
  readonly maxBytes: number;
  readonly isolationLevel: IsolationLevel;
  readonly partitions: readonly FetchPartition[];
}
export interface FetchPartition {
  readonly topic: string;
  readonly partition: number;
  readonly fetchOffset: number;
  /** Leader epoch of the record that was fetched last, before `fetchOffset`; left out where it is not known. */
  readonly lastFetchedEpoch?: number;
  readonly partitionMaxBytes: number;
}
export interface FetchResponse {
  /** In the order of the request. */
  readonly partitions: readonly FetchPartitionResponse[];
}
export interface FetchPartitionResponse {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: BrokerErrorCode;
  /** −1 with an error. */
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  /**
   * Whole batches, the log's own objects. As in Kafka the first may begin below the fetch offset: **the client drops the
   * records below it**. The next fetch asks for the last batch's `lastOffset` + 1.
   */
  readonly batches: readonly RecordBatch[];
  /** The log has what was fetched before up to this offset only; then there are no batches. Left out where it has all of it. */
  readonly divergesAt?: number;
}

/** `timestamp` of ListOffsets: the log end (high watermark; last stable offset under read_committed). */
export const LATEST_TIMESTAMP = -1;
/** `timestamp` of ListOffsets: the log start. */
export const EARLIEST_TIMESTAMP = -2;
/** `timestamp` of ListOffsets: the record with the greatest timestamp (KIP-734). */
export const MAX_TIMESTAMP = -3;

export interface ListOffsetsRequest {
  readonly isolationLevel: IsolationLevel;
  readonly partitions: readonly { readonly topic: string; readonly partition: number; readonly timestamp: number }[];
}
export interface ListOffsetsResponse {
  readonly partitions: readonly ListOffsetsPartitionResponse[];
}
export interface ListOffsetsPartitionResponse {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: BrokerErrorCode;
  /** −1 with an error, and when no record has a timestamp at or after the one asked for. */
  readonly offset: number;
  /** Of the record found by time, else −1. */
  readonly timestamp: number;
}

export interface MetadataRequest {
  /** Null: every topic. Topics are never created by this request. */
  readonly topics: readonly string[] | null;
}
export interface MetadataResponse {
  readonly clusterId: string;
  readonly controllerId: number;
  readonly brokers: readonly { readonly nodeId: number }[];
  readonly topics: readonly TopicMetadata[];
}
export interface TopicMetadata {
  readonly errorCode: BrokerErrorCode;
  readonly name: string;
  /** Null with an error. */
  readonly topicId: string | null;
  readonly partitions: readonly PartitionMetadata[];
}
export interface PartitionMetadata {
  readonly errorCode: BrokerErrorCode;
  readonly partition: number;
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
  readonly inSyncReplicas: readonly number[];
}
