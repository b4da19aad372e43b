import { KafkaError } from '../../../errors.ts';
import type { KafkaRecord, RecordHeader } from '../../../record.ts';
import type { LeaderEpochStart } from '../../../transport.ts';
import { readInt64 } from './byte-reader.ts';
import { crc32c } from './crc32c.ts';
import { decompress } from './decompress.ts';

/**
 * Record batches of format 2 (Kafka 0.11 and later), decoded straight into records: offsets as numbers, headers in their
 * order with repeated names and null values, aborted transactions and control records left out as Kafka's Java consumer
 * does (org.apache.kafka.clients.consumer.internals.CompletedFetch). kafkajs's own decoder does none of these rightly.
 */
const BATCH_LENGTH_AT = 8;
const BATCH_LENGTH_END = 12;
const LEADER_EPOCH_AT = 12;
const MAGIC_AT = 16;
const CRC_AT = 17;
const ATTRIBUTES_AT = 21;
const RECORDS_AT = 61;
const CODEC_MASK = 0x07;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const ABORT_MARKER = 0;
const NO_HEADERS: readonly RecordHeader[] = Object.freeze([]);

export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

export interface RecordSet {
  readonly topic: string;
  readonly partition: number;
  /** Records below it are left out: a batch may begin before the offset that was asked for. */
  readonly fetchedFrom: number;
  /** As the broker told them, in the order of their first offsets; empty under read_uncommitted. */
  readonly abortedTransactions: readonly AbortedTransaction[];
  readonly checkCrcs: boolean;
}

export interface DecodedRecords {
  readonly records: KafkaRecord[];
  /** Past the last complete batch; `fetchedFrom` when there was none. */
  readonly nextOffset: number;
  /** Of the batches, also of those without a record that is handed over. */
  readonly leaderEpochs: readonly LeaderEpochStart[];
}

/**
 * Throws CORRUPT_BATCH where the first batch is damaged. Before a later one it stops: what comes before it is delivered, and
 * the next fetch begins with it. Every batch is checked, also one that is left out, as in the Java client.
 */
export function decodeRecords(bytes: Buffer, set: RecordSet): DecodedRecords {
  const records: KafkaRecord[] = [];
  const aborted = new Set<bigint>();
  let nextAborted = 0;
  let nextOffset = set.fetchedFrom;
  const leaderEpochs: LeaderEpochStart[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = at + RECORDS_AT > bytes.length ? Infinity : at + BATCH_LENGTH_END + bytes.readInt32BE(at + BATCH_LENGTH_AT);
    // A broker cuts the last batch off at the size limit, never the first (KIP-74); it comes whole with the next fetch.
    if (end > bytes.length && at > 0) break;
    const damage = findDamage(bytes, at, end, set.checkCrcs);
    if (damage !== null) {
      if (nextOffset > set.fetchedFrom) break;
      throw corruptBatch(set, nextOffset, damage);
    }
    const magic = bytes[at + MAGIC_AT]!;
    if (magic < 2) {
      throw new KafkaError(
        'UNSUPPORTED',
        `${set.topic}/${set.partition} holds records in format ${magic} at offset ${nextOffset}; only format 2 (Kafka 0.11 and later) is read.`,
      );
    }
    const baseOffset = readInt64(bytes, at);
    const lastOffset = baseOffset + bytes.readInt32BE(at + 23);
    const attributes = bytes.readInt16BE(at + ATTRIBUTES_AT);
    const leaderEpoch = bytes.readInt32BE(at + LEADER_EPOCH_AT);
    if (leaderEpochs.at(-1)?.leaderEpoch !== leaderEpoch)
      leaderEpochs.push({ from: leaderEpochs.length === 0 ? set.fetchedFrom : baseOffset, leaderEpoch });
    while (nextAborted < set.abortedTransactions.length && set.abortedTransactions[nextAborted]!.firstOffset <= lastOffset) {
      aborted.add(set.abortedTransactions[nextAborted]!.producerId);
      nextAborted += 1;
    }
    if ((attributes & CONTROL) !== 0) {
      if (aborted.size > 0 && isAbortMarker(bytes, at, end)) aborted.delete(bytes.readBigInt64BE(at + 43));
    } else if (
      lastOffset >= set.fetchedFrom &&
      !((attributes & TRANSACTIONAL) !== 0 && aborted.size > 0 && aborted.has(bytes.readBigInt64BE(at + 43)))
    ) {
      decodeBatch(bytes, at, end, attributes, baseOffset, set, records);
    }
    if (lastOffset >= nextOffset) nextOffset = lastOffset + 1;
    at = end;
  }
  return { records, nextOffset, leaderEpochs };
}

/** What is wrong with the batch as it came, or null. */
function findDamage(bytes: Buffer, at: number, end: number, checkCrcs: boolean): string | null {
  if (end > bytes.length) return `it ends after the ${bytes.length} bytes that came`;
  if (end < at + RECORDS_AT) return `its length is ${end - at} bytes, less than its header`;
  const magic = bytes[at + MAGIC_AT]!;
  if (magic > 2) return `its format is ${magic}`;
  if (magic < 2 || !checkCrcs) return null; // an old format is refused as such
  const [told, counted] = [bytes.readUInt32BE(at + CRC_AT), crc32c(bytes, at + ATTRIBUTES_AT, end)];
  return told === counted
    ? null
    : `its checksum is ${hex(counted)}, and it says ${hex(told)} (CRC-32C of ${end - at - ATTRIBUTES_AT} bytes)`;
}

function hex(checksum: number): string {
  return `0x${checksum.toString(16).padStart(8, '0')}`;
}

function corruptBatch({ topic, partition }: RecordSet, offset: number, damage: string): KafkaError {
  return new KafkaError('CORRUPT_BATCH', `${topic}/${partition}: the batch with offset ${offset} is damaged: ${damage}.`, {
    details: { topic, partition, offset },
  });
}

function decodeBatch(
  bytes: Buffer,
  at: number,
  end: number,
  attributes: number,
  baseOffset: number,
  set: RecordSet,
  into: KafkaRecord[],
): void {
  const codec = attributes & CODEC_MASK;
  const baseTimestamp = readInt64(bytes, at + 27);
  const appendTime = (attributes & LOG_APPEND_TIME) !== 0 ? readInt64(bytes, at + 35) : null;
  const count = bytes.readInt32BE(at + 57);
  const source = codec === 0 ? bytes : decompress(codec, bytes.subarray(at + RECORDS_AT, end));
  const sourceEnd = codec === 0 ? end : source.length;
  const { topic, partition, fetchedFrom } = set;
  cursor = codec === 0 ? at + RECORDS_AT : 0;
  for (let index = 0; index < count; index += 1) {
    const length = readVarint(source);
    const recordEnd = cursor + length;
    if (length < 0 || recordEnd > sourceEnd) throw corrupt(set, baseOffset, index);
    cursor += 1; // attributes of a record: unused by Kafka
    const timestampDelta = readVarlong(source);
    const offset = baseOffset + readVarint(source);
    if (offset < fetchedFrom) {
      cursor = recordEnd;
      continue;
    }
    const key = readBytes(source);
    const value = readBytes(source);
    const headerCount = readVarint(source);
    const headers = headerCount === 0 ? NO_HEADERS : readHeaders(source, headerCount, recordEnd);
    if (cursor !== recordEnd) throw corrupt(set, baseOffset, index);
    into.push({ topic, partition, offset, timestamp: appendTime ?? baseTimestamp + timestampDelta, key, value, headers });
  }
}

function readHeaders(source: Buffer, count: number, end: number): RecordHeader[] {
  const headers: RecordHeader[] = [];
  for (let index = 0; index < count && cursor < end; index += 1) {
    const nameLength = readVarint(source);
    const name = source.toString('utf8', cursor, cursor + nameLength);
    cursor += nameLength;
    headers.push([name, readBytes(source)]);
  }
  return headers;
}

/** The key of a control record: version and type, two bytes each. */
function isAbortMarker(bytes: Buffer, at: number, end: number): boolean {
  cursor = at + RECORDS_AT;
  readVarint(bytes);
  cursor += 1;
  readVarlong(bytes);
  readVarint(bytes);
  const keyLength = readVarint(bytes);
  return keyLength >= 4 && cursor + 4 <= end && bytes.readInt16BE(cursor + 2) === ABORT_MARKER;
}

function corrupt(set: RecordSet, baseOffset: number, index: number): KafkaError {
  return new KafkaError(
    'PROTOCOL',
    `${set.topic}/${set.partition}: record ${index} of the batch at offset ${baseOffset} is damaged: its lengths do not add up.`,
  );
}

/** Where the functions below read. One variable of the module: this is the hot path of every record. */
let cursor = 0;

function readBytes(source: Buffer): Buffer | null {
  const length = readVarint(source);
  if (length < 0) return null;
  const start = cursor;
  cursor += length;
  return source.subarray(start, cursor);
}

/** Zig-zag, up to 32 bits. */
function readVarint(source: Buffer): number {
  let byte = source[cursor++]!;
  if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
  let value = byte & 0x7f;
  for (let shift = 7; shift < 35; shift += 7) {
    byte = source[cursor++]!;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return (value >>> 1) ^ -(value & 1);
}

/** Zig-zag, up to 64 bits, exact to 53: timestamps are milliseconds. */
function readVarlong(source: Buffer): number {
  let byte = source[cursor++]!;
  if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
  let value = byte & 0x7f;
  for (let factor = 128, count = 1; count < 10; factor *= 128, count += 1) {
    byte = source[cursor++]!;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) break;
  }
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
