import { KafkaError } from './errors.ts';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });
const POSITION = /at position \d+/;

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
  } catch (error) {
    // Not as the cause: its message quotes the value, and causes end up in logs.
    const position = POSITION.exec(String(error))?.[0];
    throw new KafkaError(
      'RECORD_INVALID',
      `the value (${bytes.length} bytes) is UTF-8, but not JSON${position === undefined ? '' : ` (${position})`}`,
    );
  }
}
