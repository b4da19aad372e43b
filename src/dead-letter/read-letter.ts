import type { KafkaRecord, RecordHeader } from '../record.ts';
import { restoreHeaders } from './carried-headers.ts';
import { HEADER, HEADER_PREFIX } from './header-names.ts';

/** The place of a record, and its timestamp there (−1: none). */
export interface RecordOrigin {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
}

/** What a dead letter says of the record that it holds, or (`pointer`) points to. */
export interface Letter {
  readonly kind: 'letter' | 'pointer';
  /** `topic/partition/offset` of the record as it was rejected first; the same after every redrive. */
  readonly id: string;
  /** Where the record stood when it was rejected, or, of a dead letter that was rejected in turn, where that says. */
  readonly origin: RecordOrigin;
  /** Timestamp of the record that `id` names. */
  readonly firstTimestamp: number;
  /** The group that rejected it. */
  readonly group: string;
  readonly reason: string;
  readonly errorClass: string | null;
  /** At most 1,024 bytes. It may quote the record. */
  readonly errorMessage: string | null;
  /** Of all its lives together. */
  readonly attempts: number;
  readonly failures: number;
  /** The record's own; empty in a pointer. */
  readonly headers: readonly RecordHeader[];
}

/** What a record brings along from before: a dead letter that is consumed, or a record that was redriven. */
export interface EarlierLife {
  readonly id: string;
  readonly firstTimestamp: number;
  readonly attempts: number;
  readonly failures: number;
}

/** Null for a record that is no dead letter of ours: written by something else, a mark, or damaged. */
export function readLetter(record: KafkaRecord): Letter | null {
  const text = ourHeaders(record.headers);
  const kind = text.get(HEADER.kind);
  if (kind !== 'letter' && kind !== 'pointer') return null;
  const life = readEarlierLife(record);
  const topic = text.get(HEADER.originTopic);
  const partition = wholeNumber(text.get(HEADER.originPartition));
  const offset = wholeNumber(text.get(HEADER.originOffset));
  const timestamp = wholeNumber(text.get(HEADER.originTimestamp), -1);
  const group = text.get(HEADER.group);
  const reason = text.get(HEADER.reason);
  if (life === null || topic === undefined || partition === null || offset === null || timestamp === null) return null;
  if (group === undefined || reason === undefined) return null;
  return {
    kind,
    ...life,
    origin: { topic, partition, offset, timestamp },
    group,
    reason,
    errorClass: text.get(HEADER.errorClass) ?? null,
    errorMessage: text.get(HEADER.errorMessage) ?? null,
    headers: ownHeaders(record.headers),
  };
}

/** Null for a record that nobody has rejected yet. */
export function readEarlierLife({ headers }: KafkaRecord): EarlierLife | null {
  if (!headers.some(([name]) => name === HEADER.id)) return null;
  const text = ourHeaders(headers);
  const id = text.get(HEADER.id);
  const firstTimestamp = wholeNumber(text.get(HEADER.firstTimestamp), -1);
  const attempts = wholeNumber(text.get(HEADER.attempts));
  const failures = wholeNumber(text.get(HEADER.failures));
  if (id === undefined || firstTimestamp === null || attempts === null || failures === null) return null;
  return { id, firstTimestamp, attempts, failures };
}

/** The record's own headers, as they were in its first life: without ours, and with those that could not be carried. */
export function ownHeaders(headers: readonly RecordHeader[]): readonly RecordHeader[] {
  if (!headers.some(([name]) => name.startsWith(HEADER_PREFIX))) return headers;
  const carried = headers.filter(([name]) => !name.startsWith(HEADER_PREFIX));
  return restoreHeaders(carried, ourHeaders(headers).get(HEADER.headers) ?? null);
}

/** Ours, as text; of a name that is there twice the last. */
export function ourHeaders(headers: readonly RecordHeader[]): ReadonlyMap<string, string> {
  return new Map(
    headers.flatMap(([name, value]) =>
      name.startsWith(HEADER_PREFIX) && value !== null ? [[name, Buffer.from(value).toString('utf8')] as const] : [],
    ),
  );
}

function wholeNumber(text: string | undefined, least = 0): number | null {
  if (text === undefined || !/^-?\d{1,16}$/.test(text)) return null;
  const number = Number(text);
  return Number.isSafeInteger(number) && number >= least ? number : null;
}
