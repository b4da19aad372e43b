/**
 * The transport contract: what a Kafka client must do for the runtime, and nothing else. A transport translates; it
 * decides nothing about actions, retries or commits. Unless a method says otherwise: calls may overlap, nothing blocks
 * the event loop, a `Promise` settles within `requestTimeoutMs`, errors are `KafkaError`s whose `cause` is the client's own.
 * Listener methods are called one at a time, never from inside a call of the runtime's, and do not throw.
 * Life of a partition: `assigned` → `fetchFrom` → `batch`* → `revoked` or `lost`; then its epoch is over for good.
 */
import type { TransportAdmin } from './admin.ts';
import type { KafkaError } from './errors.ts';
import type { KafkaRecord, RecordHeader } from './record.ts';

export interface TopicPartition { readonly topic: string; readonly partition: number }
/** One assignment of one partition. `epoch` is unique in its consumer, never used again, greater when later; compare only. */
export interface PartitionEpoch extends TopicPartition { readonly epoch: number }

export interface TransportCapabilities {
  /** `revoked` is awaited before the member rejoins, so that running calls can finish. */
  readonly rebalanceGrace: boolean;
  readonly staticMembership: boolean;
  /** Commit metadata is stored and read back in `AssignedPartition.committedMetadata`. */
  readonly commitMetadata: boolean;
  /** `exact`: names in order, repeated, null values, both ways. `lossy`: order between names or null values may be lost. */
  readonly headerFidelity: 'exact' | 'lossy';
  readonly transactions: boolean;
  /** The broker assigns partitions (KIP-848) instead of the group's leader. */
  readonly serverSideAssignment: boolean;
}

export interface Transport {
  readonly name: string;
  readonly capabilities: TransportCapabilities;
  readonly admin: TransportAdmin;
  /** Reaches a broker, authenticates. Idempotent. Rejects with BROKER_UNREACHABLE or AUTHENTICATION_FAILED, naming broker and likely cause. */
  connect(options: { readonly timeoutMs: number; readonly signal?: AbortSignal }): Promise<void>;
  createConsumer(options: TransportConsumerOptions, listener: ConsumerListener): TransportConsumer;
  createProducer(options: { readonly requestTimeoutMs: number }): TransportProducer;
  /** Closes what is still open, leaves groups without committing. Idempotent, never rejects. */
  close(): Promise<void>;
}

export interface TransportConsumerOptions {
  readonly groupId: string;
  /** Static membership (KIP-345); refused with UNSUPPORTED where the capability is missing. */
  readonly groupInstanceId: string | null;
  readonly topics: readonly string[];
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly requestTimeoutMs: number;
  /** A fetch waits this long at the broker at most; a resume may take as long to be felt. */
  readonly maxWaitTimeMs: number;
  readonly maxBytesPerPartition: number;
  readonly isolationLevel: 'read_committed' | 'read_uncommitted';
}

export interface TransportConsumer {
  /** Joins the group; resolves when the first `assigned` was handed over (it may be empty). Aborts by `stop`. Once only. */
  start(): Promise<void>;
  /** Fetch this partition from `offset` on: after `assigned`, when nothing is delivered before, or again after a drop. Does nothing once the epoch is over. */
  fetchFrom(partition: PartitionEpoch, offset: number): void;
  /** No more batches of these, save one fetch that is in flight. Heartbeats go on. Ends with the epoch. Idempotent. */
  pause(partitions: readonly PartitionEpoch[]): void;
  resume(partitions: readonly PartitionEpoch[]): void;
  /**
   * One attempt, one answer for each, in order; never rejects, never retries inside. The request is on its way before the
   * call returns (a commit made inside `revoked` goes out before the rejoin), with the generation of `epoch`: `refused` when that is over.
   */
  commit(offsets: readonly PartitionCommit[]): Promise<readonly CommitResult[]>;
  /** Leaves the group and closes, commits nothing; no listener call follows. Idempotent, never rejects. */
  stop(): Promise<void>;
}

export interface ConsumerListener {
  /** Partitions that this member did not hold until now. They deliver nothing before `fetchFrom`. */
  assigned(assignment: Assignment): void;
  /** Told before the loss. The epoch takes commits until the promise settles or `graceMs` (0: none) is over; no batch follows. */
  revoked(partitions: readonly PartitionEpoch[], options: { readonly graceMs: number }): Promise<void>;
  /** Told after the loss, or the member was fenced or evicted. Commits of the epoch are refused. */
  lost(partitions: readonly PartitionEpoch[], cause: KafkaError): void;
  /** Takes the batch over and returns at once. `dropped`: the transport forgets it, and delivers nothing of this partition until `fetchFrom`. */
  batch(batch: TransportBatch): 'accepted' | 'dropped';
  /** The broker has nothing at `fetchedFrom`. Nothing is stored or moved; nothing is delivered until `fetchFrom`. */
  outOfRange(range: OffsetRange & { readonly fetchedFrom: number }): void;
  /** Something failed that the transport goes on from by itself. */
  warning(error: KafkaError): void;
  /** The consumer is dead and cannot go on; `lost` came first. */
  failed(error: KafkaError): void;
}

export interface Assignment { readonly memberId: string; readonly generation: number; readonly partitions: readonly AssignedPartition[] }
/** Log start and log end (the offset that the next record gets) as the leader told them. */
export interface OffsetRange extends PartitionEpoch { readonly logStartOffset: number; readonly logEndOffset: number }
export interface AssignedPartition extends OffsetRange {
  /** As the group's coordinator stores it, read after the assignment; null when there is none. */
  readonly committedOffset: number | null;
  readonly committedMetadata: string | null;
  readonly topicId: string | null;
}
export interface TransportBatch extends PartitionEpoch {
  /** The offset that the fetch asked for. */
  readonly fetchedFrom: number;
  /** The offset that the next fetch asks for: past control records, aborted records and gaps. ≥ last record + 1; `records` may be empty. */
  readonly nextOffset: number;
  /** In offset order, none below `fetchedFrom`. */
  readonly records: readonly KafkaRecord[];
  readonly logStartOffset: number | null;
  readonly highWatermark: number | null;
  readonly lastStableOffset: number | null;
  readonly leaderEpoch: number | null;
}

export interface PartitionCommit extends PartitionEpoch { readonly offset: number; readonly metadata: string | null }
/** `refused`: not stored, by Kafka's error code. `unknown`: it may be stored now or later (reply lost, time-out). */
export type CommitResult = PartitionCommit & (
  | { readonly outcome: 'acknowledged' }
  | { readonly outcome: 'refused'; readonly code: string; readonly retriable: boolean }
  | { readonly outcome: 'unknown'; readonly cause: KafkaError });

export interface TransportProducer {
  /** From metadata that may be cached. Rejects with UNKNOWN_TOPIC; never creates a topic. */
  partitionCount(topic: string): Promise<number>;
  /** One attempt with acks from all in-sync replicas, one answer for each batch, in order; never rejects, never retries inside. One call at a time per partition. */
  produce(batches: readonly ProduceBatch[]): Promise<readonly ProduceResult[]>;
  close(): Promise<void>;
}
export interface ProduceBatch extends TopicPartition { readonly records: readonly ProduceRecord[] }
export interface ProduceRecord { readonly key: Uint8Array | null; readonly value: Uint8Array | null; readonly headers: readonly RecordHeader[]; readonly timestamp: number }
/** `refused`: not written, by Kafka's error code. `unknown`: it may have been written. */
export type ProduceResult = TopicPartition & (
  | { readonly outcome: 'acknowledged'; readonly baseOffset: number }
  | { readonly outcome: 'refused'; readonly code: string; readonly retriable: boolean; readonly cause: KafkaError }
  | { readonly outcome: 'unknown'; readonly cause: KafkaError });
