import { KafkaError } from '../../../errors.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import type { AbortedTransaction } from './decode-records.ts';
import type { ApiRequest } from './send-request.ts';

/**
 * Fetch (key 1). Version 13 names topics by id, so that a topic that was deleted and made again under the same name
 * answers UNKNOWN_TOPIC_ID instead of records that are not ours; version 11 is for brokers before 3.1 or an unknown id.
 * No fetch session: each request names what it wants, so a lost one leaves no state behind. Version 13 also tells in which leader epoch
 * the record before was written, and a log that does not have it, since an unclean leader wrote over it, answers where it parts (KIP-595).
 */
export interface FetchPartition {
  readonly topic: string;
  /** Null: not known; then version 11 is used for the whole request. */
  readonly topicId: string | null;
  readonly partition: number;
  readonly fetchOffset: number;
  /** Leader epoch of the record that was fetched last, before `fetchOffset`; null: not known. */
  readonly lastFetchedEpoch: number | null;
}

export interface FetchOptions {
  readonly maxWaitTimeMs: number;
  readonly maxBytes: number;
  readonly maxBytesPerPartition: number;
  readonly readCommitted: boolean;
  /** The newest version that the broker has. */
  readonly brokerVersion: number;
}

export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  readonly abortedTransactions: readonly AbortedTransaction[];
  readonly records: Buffer | null;
  /**
   * The log has what was fetched before up to this offset at most; null where it has all, or nobody asked. Then there are no records.
   * Not below the fetched offset where only the leader epoch is not known, as to a replica that was made after all of it was compacted.
   */
  readonly divergesAt: number | null;
}

export interface FetchResponse {
  readonly errorCode: number;
  readonly partitions: readonly FetchedPartition[];
}

const CONSUMER = -1;
const WITHOUT_SESSION = -1;
const UNKNOWN = -1;
const DIVERGING_EPOCH = 0;

export function fetchRequest(partitions: readonly FetchPartition[], options: FetchOptions): ApiRequest<FetchResponse> {
  if (options.brokerVersion < 11)
    throw new KafkaError(
      'UNSUPPORTED',
      `The broker takes Fetch up to version ${options.brokerVersion}; version 11 (Kafka 2.3) or newer is needed.`,
    );
  const byId = options.brokerVersion >= 13 && partitions.every((partition) => partition.topicId !== null);
  return byId ? fetchById(partitions, options) : fetchByName(partitions, options);
}

function fetchByName(partitions: readonly FetchPartition[], options: FetchOptions): ApiRequest<FetchResponse> {
  const writer = new ByteWriter(512);
  writeOptions(writer, options);
  writer.array(byTopic(partitions), (same) => {
    writer.string(same[0]!.topic).array(same, (partition) => {
      writer.int32(partition.partition).int32(UNKNOWN).int64(partition.fetchOffset).int64(UNKNOWN).int32(options.maxBytesPerPartition);
    });
  });
  writer.int32(0).string(''); // nothing forgotten, no rack
  return { apiKey: 1, apiName: 'Fetch', apiVersion: 11, body: writer.finish(), decode: decodeByName };
}

function decodeByName(payload: Buffer): { throttleTimeMs: number; value: FetchResponse } {
  const reader = new ByteReader(payload);
  const throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  reader.int32(); // session
  const partitions: FetchedPartition[] = [];
  reader.array(() => {
    const topic = reader.string() ?? '';
    reader.array(() => {
      const head = readHead(reader);
      const abortedTransactions = reader.array(() => ({ producerId: reader.bigInt64(), firstOffset: reader.int64() }));
      reader.int32(); // preferred read replica
      partitions.push({ topic, ...head, abortedTransactions, records: reader.bytes(reader.int32()), divergesAt: null });
    });
  });
  return { throttleTimeMs, value: { errorCode, partitions } };
}

function fetchById(partitions: readonly FetchPartition[], options: FetchOptions): ApiRequest<FetchResponse> {
  const writer = new ByteWriter(512).noTaggedFields(); // the end of a flexible request's header
  writeOptions(writer, options);
  writer.compactArray(byTopic(partitions), (same) => {
    writer.raw(Buffer.from(same[0]!.topicId!.replaceAll('-', ''), 'hex')).compactArray(same, (partition) => {
      writer.int32(partition.partition).int32(UNKNOWN).int64(partition.fetchOffset);
      writer.int32(partition.lastFetchedEpoch ?? UNKNOWN).int64(UNKNOWN);
      writer.int32(options.maxBytesPerPartition).noTaggedFields();
    });
    writer.noTaggedFields();
  });
  writer
    .compactArray([], () => {})
    .compactString('')
    .noTaggedFields();
  const names = new Map(partitions.map((partition) => [partition.topicId, partition.topic]));
  return { apiKey: 1, apiName: 'Fetch', apiVersion: 13, body: writer.finish(), decode: (payload) => decodeById(payload, names) };
}

function decodeById(payload: Buffer, names: ReadonlyMap<string | null, string>): { throttleTimeMs: number; value: FetchResponse } {
  const reader = new ByteReader(payload);
  reader.skipTaggedFields(); // of the header
  const throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  reader.int32(); // session
  const partitions: FetchedPartition[] = [];
  reader.compactArray(() => {
    const topic = names.get(reader.uuid()) ?? '';
    reader.compactArray(() => {
      const head = readHead(reader);
      const abortedTransactions = reader.compactArray(() => {
        const transaction = { producerId: reader.bigInt64(), firstOffset: reader.int64() };
        reader.skipTaggedFields();
        return transaction;
      });
      reader.int32(); // preferred read replica
      const records = reader.bytes(reader.unsignedVarint() - 1);
      const diverging = reader.taggedField(DIVERGING_EPOCH, () => ({ leaderEpoch: reader.int32(), endOffset: reader.int64() }));
      // Kafka leaves the field out where there is nothing to tell; -1, its default, says the same.
      const divergesAt = diverging === null || diverging.leaderEpoch < 0 ? null : diverging.endOffset;
      partitions.push({ topic, ...head, abortedTransactions, records, divergesAt });
    });
    reader.skipTaggedFields();
  });
  return { throttleTimeMs, value: { errorCode, partitions } };
}

function writeOptions(writer: ByteWriter, options: FetchOptions): void {
  writer.int32(CONSUMER).int32(options.maxWaitTimeMs).int32(1).int32(options.maxBytes);
  writer
    .int8(options.readCommitted ? 1 : 0)
    .int32(0)
    .int32(WITHOUT_SESSION);
}

function readHead(reader: ByteReader): Omit<FetchedPartition, 'topic' | 'abortedTransactions' | 'records' | 'divergesAt'> {
  return {
    partition: reader.int32(),
    errorCode: reader.int16(),
    highWatermark: reader.int64(),
    lastStableOffset: reader.int64(),
    logStartOffset: reader.int64(),
  };
}

/** By topic, in the order given: the order decides whose records fit into the answer. */
function byTopic(partitions: readonly FetchPartition[]): FetchPartition[][] {
  const topics = new Map<string, FetchPartition[]>();
  for (const partition of partitions) {
    const known = topics.get(partition.topic);
    if (known === undefined) topics.set(partition.topic, [partition]);
    else known.push(partition);
  }
  return [...topics.values()];
}
