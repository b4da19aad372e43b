import { visibleText } from '../../testing/report/model/visible-text.ts';

const MOST_VALUE_CHARACTERS = 1_000_000;

/** `2026-01-31 12:00:00`, in UTC; a dash where there is no timestamp. */
export function showTime(timestamp: number): string {
  const time = new Date(timestamp);
  if (timestamp < 0 || Number.isNaN(time.getTime())) return '-';
  return time.toISOString().slice(0, 19).replace('T', ' ');
}

/** Bytes as text where they are UTF-8, else as base64; null as such. */
export function showBytes(bytes: Uint8Array | null): string {
  if (bytes === null) return 'null';
  const { text, base64 } = textOrBase64(bytes);
  return text === undefined ? `base64 ${base64}` : visibleText(JSON.stringify(text), { limit: MOST_VALUE_CHARACTERS });
}

/** Bytes for JSON. */
export function textOrBase64(bytes: Uint8Array): { readonly text?: string; readonly base64?: string } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') };
  }
}
