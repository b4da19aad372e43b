import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { RecordHeader } from '../../../src/record.ts';
import type { ProduceRecord } from '../../../src/transport.ts';
import { crc32c } from './crc32c.ts';
import { WireReader } from '../wire/wire-reader.ts';
import { WireWriter } from '../wire/wire-writer.ts';

/** A record batch of magic 2 as it came from a fetch. */
export interface FetchedBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly producerId: number;
  readonly transactional: boolean;
  /** The records are markers of a transaction's end. */
  readonly control: boolean;
  readonly records: readonly FetchedRecord[];
}

export interface FetchedRecord extends ProduceRecord {
  readonly offset: number;
}

const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
/** Bytes of a batch from its start to the CRC's end. */
const UNCHECKED_BYTES = 21;

/** All batches that are complete: a fetch may cut the last one off. */
export function decodeBatches(bytes: Buffer): readonly FetchedBatch[] {
  const batches: FetchedBatch[] = [];
  const reader = new WireReader(bytes);
  while (reader.remaining >= 12) {
    const baseOffset = reader.int64();
    const length = reader.int32();
    if (reader.remaining < length) break;
    batches.push(decodeBatch(baseOffset, new WireReader(reader.raw(length))));
  }
  return batches;
}

function decodeBatch(baseOffset: number, reader: WireReader): FetchedBatch {
  reader.int32(); // leader epoch
  const magic = reader.int8();
  if (magic !== 2) throw new Error(`A record batch of magic ${magic} is older than Kafka 0.11; only 2 is read.`);
  reader.int32(); // CRC: the broker has checked it, and so would a client
  const attributes = reader.int16();
  const lastOffset = baseOffset + reader.int32();
  const baseTimestamp = reader.int64();
  const maxTimestamp = reader.int64();
  const producerId = reader.int64();
  reader.int16(); // producer epoch
  reader.int32(); // base sequence
  const count = reader.int32();
  const content = new WireReader(decompress(attributes & 0x07, reader.raw(reader.remaining)));
  const timeOf = (delta: number): number => ((attributes & LOG_APPEND_TIME) !== 0 ? maxTimestamp : baseTimestamp + delta);
  const records = Array.from({ length: count }, (): FetchedRecord => {
    content.varint(); // length
    content.int8(); // attributes
    const timestamp = timeOf(content.varint());
    const offset = baseOffset + content.varint();
    const key = content.varBytes();
    const value = content.varBytes();
    const headers = Array.from({ length: content.varint() }, (): RecordHeader => [String(content.varBytes() ?? ''), content.varBytes()]);
    return { offset, timestamp, key, value, headers };
  });
  return {
    baseOffset,
    lastOffset,
    producerId,
    transactional: (attributes & TRANSACTIONAL) !== 0,
    control: (attributes & CONTROL) !== 0,
    records,
  };
}

function decompress(codec: number, bytes: Buffer): Buffer {
  if (codec === 0) return bytes;
  if (codec === 1) return gunzipSync(bytes);
  if (codec === 4) return zstdDecompressSync(bytes);
  throw new Error(`The witness does not read batches compressed with ${CODECS[codec] ?? `codec ${codec}`}.`);
}

/** One uncompressed batch of magic 2 with create times, of no producer id: exactly what was given, in order. */
export function encodeBatch(records: readonly ProduceRecord[]): Buffer {
  const baseTimestamp = records[0]?.timestamp ?? 0;
  const checked = new WireWriter()
    .int16(0)
    .int32(records.length - 1)
    .int64(baseTimestamp)
    .int64(Math.max(...records.map(({ timestamp }) => timestamp)))
    .int64(-1)
    .int16(-1)
    .int32(-1)
    .int32(records.length);
  records.forEach((record, index) => {
    const body = new WireWriter()
      .int8(0)
      .varint(record.timestamp - baseTimestamp)
      .varint(index)
      .varBytes(record.key)
      .varBytes(record.value)
      .varint(record.headers.length);
    for (const [name, value] of record.headers) body.varBytes(Buffer.from(name)).varBytes(value);
    checked.varBytes(body.finish());
  });
  const content = checked.finish();
  return new WireWriter()
    .int64(0)
    .int32(UNCHECKED_BYTES - 12 + content.length)
    .int32(-1)
    .int8(2)
    .int32(crc32c(content) | 0)
    .raw(content)
    .finish();
}
