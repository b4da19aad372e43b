import type { KafkaRecord, RecordHeader } from '../record.ts';

/** A view of less than this part of its buffer holds too much memory to be kept. */
const LEAST_SHARE = 0.5;

/**
 * The same record with bytes of its own. Records are views into the reply that they came in: one that stays for hours while
 * its neighbours leave would keep the whole reply in memory.
 */
export function compactRecord(record: KafkaRecord): KafkaRecord {
  const { key, value, headers } = record;
  if (!isWasteful(key) && !isWasteful(value) && !headers.some(([, bytes]) => isWasteful(bytes))) return record;
  return {
    ...record,
    key: compact(key),
    value: compact(value),
    headers: headers.map(([name, bytes]): RecordHeader => [name, compact(bytes)]),
  };
}

/** Keys, values and headers: what a record weighs. */
export function recordBytes({ key, value, headers }: KafkaRecord): number {
  let bytes = (key?.length ?? 0) + (value?.length ?? 0);
  // Of every record that comes, and most have none: an iterator costs more than the rest.
  for (let index = 0; index < headers.length; index++) {
    const [name, content] = headers[index] as RecordHeader;
    bytes += name.length + (content?.length ?? 0);
  }
  return bytes;
}

function isWasteful(bytes: Uint8Array | null): boolean {
  return bytes !== null && bytes.byteLength < bytes.buffer.byteLength * LEAST_SHARE;
}

/** Of the same class as it came: a Buffer stays one. */
function compact(bytes: Uint8Array | null): Uint8Array | null {
  if (bytes === null || !isWasteful(bytes)) return bytes;
  const copy = Buffer.isBuffer(bytes) ? Buffer.allocUnsafeSlow(bytes.length) : new Uint8Array(bytes.length);
  copy.set(bytes);
  return copy;
}
