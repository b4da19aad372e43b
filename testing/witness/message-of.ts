import type { RecordHeader } from '../../src/record.ts';

/** The header by which a message that a subject writes can be told from others: what it is about, such as `orders/0/5`. */
export const ABOUT_HEADER = 'about';

/** The name of a written message; null for one that has none. */
export function messageOf(record: { readonly headers: readonly RecordHeader[] }): string | null {
  const value = record.headers.find(([name]) => name === ABOUT_HEADER)?.[1];
  return value === undefined || value === null ? null : new TextDecoder().decode(value);
}
