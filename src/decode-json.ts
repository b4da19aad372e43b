import { KafkaError } from './errors.ts';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** Bytes as strict UTF-8 JSON. Throws RECORD_INVALID, whose message shows nothing of the value. */
export function decodeJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = strictUtf8.decode(bytes);
  } catch (cause) {
    throw new KafkaError('RECORD_INVALID', `the value (${bytes.length} bytes) is not UTF-8`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new KafkaError('RECORD_INVALID', `the value (${bytes.length} bytes) is UTF-8, but not JSON`, { cause });
  }
}
