/**
 * Sizes in record format v2, without compression: what Kafka holds against max.message.bytes and the limits of a fetch.
 * Source: org.apache.kafka.common.record.DefaultRecord and DefaultRecordBatch.
 */
import type { RecordHeader } from '../../src/record.ts';

/** Bytes of a batch besides its records. */
export const BATCH_OVERHEAD_BYTES = 61;

interface SizedRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

export function recordSizeInBytes(record: SizedRecord, offsetDelta: number, timestampDelta: number): number {
  let size =
    1 +
    varintSize(timestampDelta) +
    varintSize(offsetDelta) +
    bytesSize(record.key) +
    bytesSize(record.value) +
    varintSize(record.headers.length);
  for (const [name, value] of record.headers) {
    const nameBytes = utf8Length(name);
    size += varintSize(nameBytes) + nameBytes + bytesSize(value);
  }
  return varintSize(size) + size;
}

function bytesSize(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : varintSize(bytes.length) + bytes.length;
}

/** Zigzag, seven bits a byte; by division, because a timestamp's difference may have more than 32 bits. */
function varintSize(value: number): number {
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  let size = 1;
  while (rest >= 128) {
    rest = Math.floor(rest / 128);
    size += 1;
  }
  return size;
}

function utf8Length(text: string): number {
  let length = 0;
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return length;
}
