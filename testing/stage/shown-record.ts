import type { KafkaRecord } from '../../src/record.ts';

const LONGEST_SHOWN = 120;
const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** Bytes as a person reads them: JSON where they are JSON, else text, else the bytes themselves; null stays null. */
export function readable(bytes: Uint8Array | null): unknown {
  const text = asText(bytes);
  if (text === null) return bytes;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** As UTF-8 text; null where there are no bytes, or no text in them. */
export function asText(bytes: Uint8Array | null): string | null {
  if (bytes === null) return null;
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return null;
  }
}

/** One line: `orders/0/17, key "u1", value {"id":1}`. */
export function showRecord(record: KafkaRecord): string {
  const { topic, partition, offset, key, value } = record;
  return `${topic}/${partition}/${offset}, key ${showBytes(key)}, value ${showBytes(value)}`;
}

function showBytes(bytes: Uint8Array | null): string {
  if (bytes === null) return 'null';
  const text = asText(bytes);
  if (text === null) return `${bytes.length} bytes 0x${Buffer.from(bytes.subarray(0, 16)).toString('hex')}${bytes.length > 16 ? '…' : ''}`;
  const shown = text.startsWith('{') || text.startsWith('[') ? text : JSON.stringify(text);
  return shown.length <= LONGEST_SHOWN ? shown : `${shown.slice(0, LONGEST_SHOWN)}… (${text.length} characters)`;
}
