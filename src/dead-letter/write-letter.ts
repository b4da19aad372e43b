import type { KafkaRecord, RecordHeader } from '../record.ts';
import type { ProduceRecord, TransportCapabilities } from '../transport.ts';
import { boundedText } from './bounded-text.ts';
import { carryHeaders } from './carried-headers.ts';
import type { DeadLetter } from './dead-letter-sink.ts';
import { describeCause } from './describe-cause.ts';
import { HEADER } from './header-names.ts';
import { ownHeaders, readEarlierLife, readLetter } from './read-letter.ts';
import type { Letter } from './read-letter.ts';

/** A group's name may be up to 32 KB long; so much of it is enough to know it by. */
const MOST_GROUP_BYTES = 255;
/** A pointer must fit wherever a letter may go: a longer key stays behind with the value. */
const MOST_POINTER_KEY_BYTES = 1_024;

export interface WriteLetterOptions {
  readonly groupId: string;
  /** Milliseconds since the epoch: the letter's own timestamp. With the record's, retention might delete it at once. */
  readonly now: number;
  readonly headerFidelity: TransportCapabilities['headerFidelity'];
  /** The record as it came, or only where it is: neither value nor headers of its own, and no key above 1,024 bytes. */
  readonly kind: Letter['kind'];
}

/**
 * The dead letter of a rejected record. A record that has been rejected before does not pile up headers: it keeps its id and
 * its first timestamp, its attempts and failures are added up, and the rest is said of the last time. Its origin is where it
 * was rejected last; but a dead letter that somebody consumes and rejects keeps the origin that it has, for there the record
 * belongs.
 */
export function writeLetter(letter: DeadLetter, { groupId, now, headerFidelity, kind: asked }: WriteLetterOptions): ProduceRecord {
  const { record, reason, cause, attempts, failures } = letter;
  const life = readEarlierLife(record);
  const before = readLetter(record);
  const { topic, partition, offset, timestamp } = before?.origin ?? record;
  // The value of a pointer is not here to be carried on, and its null is no tombstone.
  const kind = before?.kind === 'pointer' ? 'pointer' : asked;
  const { errorClass, errorMessage } = describeCause(cause);
  const { carried, encoded } = kind === 'pointer' ? NO_HEADERS : carryHeaders(ownHeaders(record.headers), headerFidelity);
  const ours: readonly (readonly [name: string, value: string | number | null])[] = [
    [HEADER.kind, kind],
    [HEADER.id, life?.id ?? `${topic}/${partition}/${offset}`],
    [HEADER.originTopic, topic],
    [HEADER.originPartition, partition],
    [HEADER.originOffset, offset],
    [HEADER.originTimestamp, timestamp],
    [HEADER.firstTimestamp, life?.firstTimestamp ?? timestamp],
    [HEADER.group, boundedText(groupId, MOST_GROUP_BYTES)],
    [HEADER.reason, reason],
    [HEADER.errorClass, errorClass],
    [HEADER.errorMessage, errorMessage],
    [HEADER.attempts, attempts + (life?.attempts ?? 0)],
    [HEADER.failures, failures + (life?.failures ?? 0)],
    [HEADER.headers, encoded],
  ];
  return {
    key: kind === 'pointer' ? shortKey(record) : record.key,
    value: kind === 'pointer' ? null : record.value,
    headers: [...carried, ...textHeaders(ours)],
    timestamp: now,
  };
}

/** Those that have a value, in bytes. */
export function textHeaders(headers: readonly (readonly [name: string, value: string | number | null])[]): readonly RecordHeader[] {
  return headers.flatMap(([name, value]): RecordHeader[] => (value === null ? [] : [[name, Buffer.from(String(value), 'utf8')]]));
}

const NO_HEADERS = { carried: [], encoded: null } as const;

function shortKey({ key }: KafkaRecord): Uint8Array | null {
  return key !== null && key.length > MOST_POINTER_KEY_BYTES ? null : key;
}
