/**
 * The transport contract: what a Kafka client must do for the runtime, and nothing else. A transport translates; it
 * decides nothing about actions, retries or commits. Unless a method says otherwise: calls may overlap, nothing blocks
 * the event loop, a `Promise` settles within `requestTimeoutMs`, errors are `KafkaError`s whose `cause` is the client's own.
 * Who makes a transport gives it brokers, a clock, and a request time-out for `admin`; what needs a connection opens one.
 * Listener methods are called one at a time (a pending `revoked` does not count), never from inside a call of the runtime's;
 * they neither throw nor reject. They may call the consumer: what they are told holds for it already.
 * Life of a partition: `assigned` → `fetchFrom` → `batch`* → `revoked` or `lost`, never both; then its epoch is over for good:
 * commits of it are refused, other calls with it do nothing.
 */
import type { TransportAdmin } from './admin.ts';
import type { KafkaError } from './errors.ts';
import type { KafkaRecord, RecordHeader } from './record.ts';

export interface TopicPartition { readonly topic: string; readonly partition: number }
/** One assignment of one partition. No two of a consumer share an `epoch`; a later one is greater. Compare only. */
export interface PartitionEpoch extends TopicPartition { readonly epoch: number }

export interface TransportCapabilities {
  /** `revoked` is awaited before the member rejoins, so that running calls can finish. Without it `graceMs` is 0; with it, short enough to rejoin in time. */
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
  /** Reaches a broker, authenticates. Idempotent. Rejects with BROKER_UNREACHABLE or AUTHENTICATION_FAILED, naming broker and likely cause, or the signal's reason. */
  connect(options: { readonly timeoutMs: number; readonly signal?: AbortSignal }): Promise<void>;
  createConsumer(options: TransportConsumerOptions, listener: ConsumerListener): TransportConsumer;
  createProducer(options: { readonly requestTimeoutMs: number }): TransportProducer;
  /** Stops its consumers, closes its producers and connections, for good: what is asked afterwards rejects with BROKER_UNREACHABLE. Commits nothing. Idempotent, never rejects. */
  close(): Promise<void>;
}

export interface TransportConsumerOptions {
  readonly groupId: string;
  /** Static membership (KIP-345). Where the capability is missing, `createConsumer` throws UNSUPPORTED. */
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
  /** Joins the group, without a time limit; resolves when the first `assigned` was handed over. Rejects when it cannot join (perhaps UNKNOWN_TOPIC) or is stopped. Once only. */
  start(): Promise<void>;
  /** Fetch this partition from `offset` on, at any time of its epoch. Replaces what was asked before: an answer to that is thrown away. A pause stays. */
  fetchFrom(partition: PartitionEpoch, offset: number): void;
  /** No more batches of these, save one fetch that is in flight. Heartbeats go on. Ends with the epoch. Idempotent. */
  pause(partitions: readonly PartitionEpoch[]): void;
  resume(partitions: readonly PartitionEpoch[]): void;
  /**
   * One attempt, one answer for each, in order; each stands or falls alone. Never rejects, never retries inside. Stored as
   * given: an offset may go down. The request is on its way before the call returns, with the generation of `epoch`; so a
   * commit made inside `revoked` goes out before the rejoin. `refused`, ILLEGAL_GENERATION, when the epoch is over.
   */
  commit(offsets: readonly PartitionCommit[]): Promise<readonly CommitResult[]>;
  /** When the fetch loop last turned: asked a broker, had an answer, or found nothing to ask for. By the clock; null before the first. Where it is missing nobody can tell a loop that hangs. */
  fetchTurnedAt?(): number | null;
  /** Leaves the group, commits nothing. All epochs are over at once, no listener call follows; a commit on its way is still answered. Idempotent, never rejects. */
  stop(): Promise<void>;
}

export interface ConsumerListener {
  /** After every join, also with nothing: the partitions that this member did not hold until now. They deliver nothing before `fetchFrom`. What nothing is known of yet, such as without a leader, may follow in a call of its own. */
  assigned(assignment: Assignment): void;
  /** Told before the loss; no batch follows. Commits are taken and heartbeats go on until it settles or `graceMs` (0: on return) is over; then the member rejoins. */
  revoked(partitions: readonly PartitionEpoch[], options: { readonly graceMs: number }): Promise<void>;
  /** Told after the loss, also within the grace of `revoked`: the member was fenced or evicted, or the topic made again (with another `topicId`). Unless `failed` follows, the member comes back by itself. */
  lost(partitions: readonly PartitionEpoch[], cause: KafkaError): void;
  /** Takes the batch over and returns at once. `dropped`: the transport forgets it, and delivers nothing of this partition until `fetchFrom`. */
  batch(batch: TransportBatch): 'accepted' | 'dropped';
  /**
   * `fetchedFrom` is below log start or above log end (at the log end a fetch waits); or the log was written over from `writtenOverFrom`
   * on, which was fetched before, by a leader that did not have it. Nothing is stored or moved; nothing is delivered until `fetchFrom`.
   */
  outOfRange(range: OffsetRange & { readonly fetchedFrom: number; readonly writtenOverFrom?: number }): void;
  /** Something failed that the transport goes on from by itself. */
  warning(error: KafkaError): void;
  /** The consumer is dead and cannot go on; `lost` came first. While `start` is pending, its rejection may say it instead. */
  failed(error: KafkaError): void;
}

export interface Assignment { readonly memberId: string; readonly generation: number; readonly partitions: readonly AssignedPartition[] }
/** Log start and log end (the offset that the next record gets) as the leader told them. */
export interface OffsetRange extends PartitionEpoch { readonly logStartOffset: number; readonly logEndOffset: number }
export interface AssignedPartition extends OffsetRange {
  /** As the group's coordinator stores it, read after the assignment; null when there is none (−1 on the wire), below −1 as stored (kafkajs leaves −2 when it runs out of range). Metadata '' may come back as null. */
  readonly committedOffset: number | null;
  readonly committedMetadata: string | null;
  readonly topicId: string | null;
}
export interface TransportBatch extends PartitionEpoch {
  /** The offset that the fetch asked for. */
  readonly fetchedFrom: number;
  /** The offset that the next fetch asks for: past control records, aborted records and gaps. > `fetchedFrom`, ≥ last record + 1; `records` may be empty. */
  readonly nextOffset: number;
  /** In offset order, none below `fetchedFrom`. A single record larger than `maxBytesPerPartition` comes all the same. */
  readonly records: readonly KafkaRecord[];
  readonly logStartOffset: number | null;
  readonly highWatermark: number | null;
  readonly lastStableOffset: number | null;
  /** Which leader epochs its offsets were written in, as the log says it: the first from `fetchedFrom` on, each other from its `from` on, ascending. Empty: not known. */
  readonly leaderEpochs: readonly LeaderEpochStart[];
}
/** In a log a record is told for certain by its offset and its leader epoch: no two leaders have the same, and none writes an offset twice. Below 0: not known, as where brokers that only speak Kafka's protocol leave the -1 of the producer. */
export interface LeaderEpochStart { readonly from: number; readonly leaderEpoch: number }

export interface PartitionCommit extends PartitionEpoch { readonly offset: number; readonly metadata: string | null }
/** `refused`: not stored, by Kafka's error code, or the nearest to why it was not sent; may be `retriable`. `unknown`: it may be stored now or later (reply lost, time-out). */
export type CommitResult = PartitionCommit & (
  | { readonly outcome: 'acknowledged' }
  | { readonly outcome: 'refused'; readonly code: string; readonly retriable: boolean }
  | { readonly outcome: 'unknown'; readonly cause: KafkaError });

export interface TransportProducer {
  /** From metadata that may be cached. Rejects with UNKNOWN_TOPIC; never creates a topic. */
  partitionCount(topic: string): Promise<number>;
  /** One attempt with acks from all in-sync replicas, one answer for each batch, in order; never rejects, never retries inside. The caller makes one call at a time per partition. */
  produce(batches: readonly ProduceBatch[]): Promise<readonly ProduceResult[]>;
  /** A batch that comes later is `refused`. Idempotent, never rejects. */
  close(): Promise<void>;
}
/** Not empty. Stands or falls alone and as a whole: its record `i` gets the offset `baseOffset + i`. */
export interface ProduceBatch extends TopicPartition { readonly records: readonly ProduceRecord[] }
export interface ProduceRecord { readonly key: Uint8Array | null; readonly value: Uint8Array | null; readonly headers: readonly RecordHeader[]; readonly timestamp: number }
/** `refused`: not written; else as `CommitResult`. With INVALID_TIMESTAMP `cause.details.latestTimestampMs` is the latest that the leader takes now, where it says so. `unknown`: it may have been written. */
export type ProduceResult = TopicPartition & (
  | { readonly outcome: 'acknowledged'; readonly baseOffset: number }
  | { readonly outcome: 'refused'; readonly code: string; readonly retriable: boolean; readonly cause: KafkaError }
  | { readonly outcome: 'unknown'; readonly cause: KafkaError });
