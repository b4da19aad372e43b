import type { RecordHeader } from '../../src/record.ts';

/** The header by which a message that a subject writes can be told from others: what it is about, such as `orders/0/5`. */
export const ABOUT_HEADER = 'about';

/** Headers of our runtime's dead letters, which are a public format: see docs/usage.md. */
const LETTER = {
  kind: 'kafka-rehearsal.dead-letter',
  topic: 'kafka-rehearsal.origin-topic',
  partition: 'kafka-rehearsal.origin-partition',
  offset: 'kafka-rehearsal.origin-offset',
} as const;

interface Written {
  readonly headers: readonly RecordHeader[];
}

/** The name of a written message: what it says it is about, or the record that it is the dead letter of. Null for one that has none. */
export function messageOf(record: Written): string | null {
  const about = textOf(record, ABOUT_HEADER);
  if (about !== null) return about;
  const [topic, partition, offset] = [textOf(record, LETTER.topic), textOf(record, LETTER.partition), textOf(record, LETTER.offset)];
  return topic === null || partition === null || offset === null ? null : `${topic}/${partition}/${offset}`;
}

/** Whether it is a dead letter that only points to its record. */
export function isPointer(record: Written): boolean {
  return textOf(record, LETTER.kind) === 'pointer';
}

/** Key and value as text that can be compared: hexadecimal, `-` for null, with a space between. */
export function contentOf({ key, value }: { readonly key: Uint8Array | null; readonly value: Uint8Array | null }): string {
  return `${hex(key)} ${hex(value)}`;
}

function hex(bytes: Uint8Array | null): string {
  return bytes === null ? '-' : Buffer.from(bytes).toString('hex');
}

function textOf({ headers }: Written, wanted: string): string | null {
  const value = headers.find(([name]) => name === wanted)?.[1];
  return value === undefined || value === null ? null : new TextDecoder().decode(value);
}
