import { KafkaError } from '../errors.ts';
import type { RecordHeader } from '../record.ts';
import { isTopicName, TOPIC_NAME_RULE } from '../topic-name.ts';
import { showValue } from '../show-value.ts';
import type { ProduceRecord } from '../transport.ts';
import type { HeadersInput, JsonProducerRecord, ProducerRecord } from './record-producer.ts';

/** Upper bound of what the wire adds to a record's bytes: varints of length, time, offset, key, value and header count. */
const RECORD_OVERHEAD_BYTES = 36;
const HEADER_OVERHEAD_BYTES = 10;
/** Kafka keeps partitions as 32-bit integers. */
const HIGHEST_PARTITION = 2_147_483_647;

/** A record in the bytes that go out, and its size on the wire at most. */
export interface EncodedRecord {
  readonly record: ProduceRecord;
  readonly bytes: number;
}

/**
 * Checks what a caller gave and turns its strings into bytes. Bytes are taken as they are, not copied. Throws
 * RECORD_INVALID, whose message shows nothing of key, value or headers.
 */
export function encodeRecord(topic: string, given: ProducerRecord, now: number): EncodedRecord {
  if (!isTopicName(topic))
    throw new KafkaError('RECORD_INVALID', `send(topic, record): topic is ${showValue(topic)}, expected a name of ${TOPIC_NAME_RULE}`);
  if (typeof given !== 'object' || given === null)
    throw invalid(topic, `the record is ${kindOf(given)}, expected an object { key, value, headers, partition, timestamp }`);
  const key = given.key == null ? null : toBytes(topic, 'key', given.key);
  const value = given.value === null ? null : toBytes(topic, 'value', given.value);
  const headers = given.headers === undefined ? NO_HEADERS : encodeHeaders(topic, given.headers);
  checkPartition(topic, given.partition);
  const record = { key, value, headers, timestamp: given.timestamp === undefined ? now : checkTimestamp(topic, given.timestamp) };
  return {
    record,
    bytes: RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0) + (headers === NO_HEADERS ? 0 : sizeOf(headers)),
  };
}

/** The same record with its value as JSON text. `null` becomes the text `null`; a tombstone is sent by `send`. */
export function withJsonValue(topic: string, given: JsonProducerRecord): ProducerRecord {
  if (typeof given !== 'object' || given === null)
    throw invalid(topic, `the record is ${kindOf(given)}, expected an object { key, value, headers, partition, timestamp }`);
  let text: string | undefined;
  try {
    text = JSON.stringify(given.value);
  } catch (cause) {
    throw invalid(topic, 'the value has no JSON form (a cycle, or a BigInt)', cause);
  }
  if (text === undefined) throw invalid(topic, `value is ${kindOf(given.value)}, which has no JSON form`);
  return { ...given, value: text };
}

const NO_HEADERS: readonly RecordHeader[] = Object.freeze([]);

function toBytes(topic: string, name: string, given: unknown): Uint8Array {
  if (typeof given === 'string') {
    // UTF-8 has no form for half a surrogate pair: it would be replaced, and two keys could become one.
    if (!given.isWellFormed()) throw invalid(topic, `${name} is a string with half a surrogate pair, which UTF-8 cannot carry`);
    return Buffer.from(given, 'utf8');
  }
  if (given instanceof Uint8Array) return given;
  const hint = name === 'value' && typeof given === 'object' ? '; sendJson takes any value that JSON can carry' : '';
  throw invalid(topic, `${name} is ${kindOf(given)}, expected a string, a Uint8Array or null${hint}`);
}

function encodeHeaders(topic: string, given: HeadersInput): readonly RecordHeader[] {
  if (typeof given !== 'object' || given === null)
    throw invalid(topic, `headers is ${kindOf(given)}, expected an object, or an array of [name, value] pairs`);
  const pairs: readonly (readonly [string, string | Uint8Array | null])[] = Array.isArray(given) ? given : Object.entries(given);
  if (pairs.length === 0) return NO_HEADERS;
  return pairs.map((pair): RecordHeader => {
    if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string')
      throw invalid(topic, 'headers holds something other than [name, value] with a string as name');
    const [name, value] = pair;
    if (!name.isWellFormed()) throw invalid(topic, 'a header name is a string with half a surrogate pair, which UTF-8 cannot carry');
    return [name, value === null ? null : toBytes(topic, `header ${showValue(name)}`, value)];
  });
}

function sizeOf(headers: readonly RecordHeader[]): number {
  return headers.reduce((sum, [name, value]) => sum + HEADER_OVERHEAD_BYTES + Buffer.byteLength(name) + (value?.length ?? 0), 0);
}

function checkPartition(topic: string, partition: number | undefined): void {
  if (partition === undefined || (Number.isInteger(partition) && partition >= 0 && partition <= HIGHEST_PARTITION)) return;
  throw invalid(topic, `partition is ${showValue(partition)}, expected an integer from 0 on, or nothing`);
}

function checkTimestamp(topic: string, timestamp: number): number {
  if (Number.isSafeInteger(timestamp) && timestamp >= 0) return timestamp;
  throw invalid(
    topic,
    `timestamp is ${showValue(timestamp)}, expected milliseconds since the epoch, an integer from 0 on${(timestamp as unknown) instanceof Date ? '; a Date has them in getTime()' : ''}`,
  );
}

function kindOf(given: unknown): string {
  if (given === null || given === undefined) return String(given);
  return typeof given === 'object' ? showValue(given) : `a ${typeof given}`;
}

function invalid(topic: string, problem: string, cause?: unknown): KafkaError {
  return new KafkaError('RECORD_INVALID', `record for topic "${topic}": ${problem}`, { cause, details: { topic } });
}
