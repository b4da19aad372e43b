import type { ProduceRecord } from '../../../transport.ts';
import { crc32c } from './crc32c.ts';

/**
 * One record batch of format 2, uncompressed, without producer id: headers in their order with repeated names and null
 * values, timestamps as given (kafkajs takes 0 for "now", and cannot write a null header).
 */
const RECORDS_AT = 61;
const CRC_AT = 17;
const CHECKED_FROM = 21;

/** `records` is not empty. */
export function encodeRecords(records: readonly ProduceRecord[]): Buffer {
  const baseTimestamp = records[0]!.timestamp;
  let maxTimestamp = baseTimestamp;
  let size = RECORDS_AT;
  const bodySizes = new Array<number>(records.length);
  for (let index = 0; index < records.length; index += 1) {
    const record = records[index]!;
    if (record.timestamp > maxTimestamp) maxTimestamp = record.timestamp;
    const body = bodySize(record, index, record.timestamp - baseTimestamp);
    bodySizes[index] = body;
    size += varintSize(body) + body;
  }
  const batch = Buffer.allocUnsafe(size);
  writeHeader(batch, records.length, baseTimestamp, maxTimestamp);
  cursor = RECORDS_AT;
  for (let index = 0; index < records.length; index += 1) {
    const record = records[index]!;
    writeVarint(batch, bodySizes[index]!);
    batch[cursor++] = 0;
    writeVarlong(batch, record.timestamp - baseTimestamp);
    writeVarint(batch, index);
    writeBytes(batch, record.key);
    writeBytes(batch, record.value);
    writeVarint(batch, record.headers.length);
    for (const [name, value] of record.headers) {
      writeVarint(batch, Buffer.byteLength(name));
      cursor += batch.write(name, cursor);
      writeBytes(batch, value);
    }
  }
  batch.writeUInt32BE(crc32c(batch, CHECKED_FROM), CRC_AT);
  return batch;
}

function writeHeader(batch: Buffer, count: number, baseTimestamp: number, maxTimestamp: number): void {
  batch.fill(0, 0, RECORDS_AT);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt32BE(-1, 12); // partition leader epoch: the broker's to fill in
  batch[16] = 2;
  batch.writeInt32BE(count - 1, 23);
  batch.writeBigInt64BE(BigInt(baseTimestamp), 27);
  batch.writeBigInt64BE(BigInt(maxTimestamp), 35);
  batch.writeBigInt64BE(-1n, 43); // producer id
  batch.writeInt16BE(-1, 51); // producer epoch
  batch.writeInt32BE(-1, 53); // base sequence
  batch.writeInt32BE(count, 57);
}

function bodySize(record: ProduceRecord, offsetDelta: number, timestampDelta: number): number {
  let size =
    1 +
    varlongSize(timestampDelta) +
    varintSize(offsetDelta) +
    bytesSize(record.key) +
    bytesSize(record.value) +
    varintSize(record.headers.length);
  for (const [name, value] of record.headers) {
    const length = Buffer.byteLength(name);
    size += varintSize(length) + length + bytesSize(value);
  }
  return size;
}

function bytesSize(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : varintSize(bytes.length) + bytes.length;
}

function varintSize(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  return zigzag < 0x80 ? 1 : zigzag < 0x4000 ? 2 : zigzag < 0x20_0000 ? 3 : zigzag < 0x1000_0000 ? 4 : 5;
}

function varlongSize(value: number): number {
  if (value >= -0x4000_0000 && value < 0x4000_0000) return varintSize(value);
  let size = 1;
  for (let rest = zigzagLong(value); rest >= 0x80; rest = Math.floor(rest / 128)) size += 1;
  return size;
}

/** Where the functions below write. One variable of the module: this is the hot path of every record. */
let cursor = 0;

function writeBytes(batch: Buffer, bytes: Uint8Array | null): void {
  if (bytes === null) {
    batch[cursor++] = 1; // −1, zig-zag
    return;
  }
  writeVarint(batch, bytes.length);
  batch.set(bytes, cursor);
  cursor += bytes.length;
}

function writeVarint(batch: Buffer, value: number): void {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  while (rest >= 0x80) {
    batch[cursor++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  batch[cursor++] = rest;
}

function writeVarlong(batch: Buffer, value: number): void {
  if (value >= -0x4000_0000 && value < 0x4000_0000) {
    writeVarint(batch, value);
    return;
  }
  let rest = zigzagLong(value);
  while (rest >= 0x80) {
    batch[cursor++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  batch[cursor++] = rest;
}

function zigzagLong(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1;
}
