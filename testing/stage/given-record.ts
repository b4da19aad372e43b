import { KafkaError } from '../../src/errors.ts';
import { encodeRecord, withJsonValue } from '../../src/producer/encode-record.ts';
import type { EncodedRecord } from '../../src/producer/encode-record.ts';
import { partitionForKey } from '../../src/producer/murmur2.ts';
import type { HeadersInput } from '../../src/producer/record-producer.ts';
import { showValue } from '../../src/show-value.ts';
import type { ProduceRecord } from '../../src/transport.ts';

/** A record for `stage.produce`. */
export interface StageRecord {
  /** Default null. Chooses the partition as Kafka's Java client does. */
  readonly key?: string | Uint8Array | null;
  /** A string or bytes as they are; null a tombstone; anything else its JSON text. */
  readonly value: unknown;
  readonly headers?: HeadersInput;
  /** Default: by key; without a key the partitions take turns. */
  readonly partition?: number;
  /** Milliseconds since the epoch. Default: the stage's time. */
  readonly timestamp?: number;
}

/** Records that go to the broker in one request. */
export interface RecordGroup {
  readonly partition: number;
  readonly records: readonly ProduceRecord[];
  /** Places of these records in what the caller gave. */
  readonly indexes: readonly number[];
}

/** Below Kafka's default message.max.bytes, with room for the batch header. */
const GROUP_BYTES = 900_000;

/** Encodes records, chooses their partitions and groups them: order within a partition is the order given. `turn` is the next partition without a key. */
export function groupRecords(
  topic: string,
  given: readonly StageRecord[],
  partitionCount: number,
  now: number,
  turn: () => number,
): readonly RecordGroup[] {
  const done: RecordGroup[] = [];
  const open = new Map<number, { readonly records: ProduceRecord[]; readonly indexes: number[]; bytes: number }>();
  for (const [index, stageRecord] of given.entries()) {
    const { record, bytes } = encode(topic, stageRecord, now);
    const partition = partitionOf(topic, stageRecord, record.key, partitionCount, turn);
    let group = open.get(partition);
    if (group !== undefined && group.bytes + bytes > GROUP_BYTES) {
      done.push({ partition, records: group.records, indexes: group.indexes });
      group = undefined;
    }
    if (group === undefined) {
      group = { records: [], indexes: [], bytes: 0 };
      open.set(partition, group);
    }
    group.records.push(record);
    group.indexes.push(index);
    group.bytes += bytes;
  }
  for (const [partition, { records, indexes }] of open) done.push({ partition, records, indexes });
  return done;
}

/** For callers whom no compiler told. */
export function requireRecords(topic: string, given: unknown): void {
  if (Array.isArray(given)) return;
  throw new KafkaError(
    'RECORD_INVALID',
    `produce('${topic}', records): records is ${showValue(given)}, expected an array of { key, value }`,
  );
}

function encode(topic: string, given: StageRecord, now: number): EncodedRecord {
  if (typeof given !== 'object' || given === null || !('value' in given)) {
    throw new KafkaError(
      'RECORD_INVALID',
      `produce('${topic}', records): expected objects like { key, value }, with value null for a tombstone; given ${show(given)}`,
    );
  }
  const { value } = given;
  if (typeof value === 'string' || value instanceof Uint8Array || value === null) return encodeRecord(topic, { ...given, value }, now);
  return encodeRecord(topic, withJsonValue(topic, given), now);
}

function partitionOf(topic: string, given: StageRecord, key: Uint8Array | null, partitionCount: number, turn: () => number): number {
  const { partition } = given;
  if (partition === undefined) return key === null ? turn() % partitionCount : partitionForKey(key, partitionCount);
  if (partition < partitionCount) return partition;
  throw new KafkaError(
    'RECORD_INVALID',
    `produce('${topic}', records): partition ${partition} does not exist; the topic has ${partitionCount}, counted from 0`,
  );
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
