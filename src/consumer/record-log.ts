import type { Reject } from '../action.ts';
import { KafkaError } from '../errors.ts';
import type { EventLog } from '../log/event-log.ts';
import type { KafkaRecord } from '../record.ts';
import type { TopicPartition } from '../transport.ts';
import { describeFailure } from './failure.ts';
import type { OpenRecord } from './open-record.ts';

/** The first failure of a record is logged, then those numbered by a power of ten, so that one bad record does not flood the log. */
export function logFailure(log: EventLog, record: KafkaRecord, attempt: number, failures: number, error: unknown): void {
  if (!Number.isInteger(Math.log10(failures))) return;
  const message =
    failures === 1 ? 'Handler failed; the record holds its lane and is delivered again' : 'Handler still fails; the record holds its lane';
  log.fold('handler-failed', describeFailure(error), { ...placeOf(record), attempt, failures, err: error }, message);
}

/** Not now is no trouble, so the first ones are no line; but no lane stands still for hours without a word. */
export function logSkip(log: EventLog, { record, attempt, skips }: OpenRecord, reason: string | null): void {
  if (skips < 10 || !Number.isInteger(Math.log10(skips))) return;
  const fields = { ...placeOf(record), attempt, skips, reason };
  log.fold('record-skipped', reason ?? '', fields, 'The record is skipped again and again; it holds its lane');
}

export function logReject(log: EventLog, record: KafkaRecord, attempt: number, { reason, cause }: Pick<Reject, 'reason' | 'cause'>): void {
  const err = reason === 'decode-failed' ? withoutMessage(cause) : cause;
  log.fold('record-rejected', reason, { ...placeOf(record), attempt, reason, err }, 'Record rejected');
}

/** What a parser throws may quote what it read (`JSON.parse` does), and no record's value belongs into a log. Ours quotes nothing. */
function withoutMessage(cause: unknown): unknown {
  if (cause instanceof KafkaError || cause === undefined) return cause;
  const frames = cause instanceof Error ? (cause.stack ?? '').split('\n').filter((line) => line.startsWith('    at ')) : [];
  return { type: describeFailure(cause), stack: frames.join('\n') };
}

/** Once for each record: from now on it comes at the longest back-off, and only retention ends that. */
export function logExhausted(log: EventLog, open: OpenRecord, reason: 'retries-exhausted' | 'skips-exhausted'): void {
  if (open.isExhausted) return;
  open.isExhausted = true;
  const { record, attempt, failures, skips } = open;
  const message = 'The limit of its retry policy is reached; the record is delivered on at the longest back-off';
  log.fold('record-exhausted', reason, { ...placeOf(record), attempt, failures, skips, reason }, message);
}

type Deliveries = readonly { readonly offset: number; readonly attempt: number }[];

/** Whatever was logged of the record before: this is why two calls of a lane run. */
export function logOvertaken(log: EventLog, place: TopicPartition, deliveries: Deliveries, overdueMs: number): void {
  const message = 'A handler call runs on long after its deadline; its lane goes on beside it, as the handler asks for';
  log.fold('call-overtaken', '', { ...placeOfCall(place, deliveries), overdueMs }, message);
}

export function logLaneHalted(log: EventLog, place: TopicPartition, deliveries: Deliveries, error: KafkaError): void {
  const { code } = error;
  log.fold('lane-halted', code, { ...placeOfCall(place, deliveries), code, err: error }, `Lane halted: ${error.message}`);
}

export function logLaneResumed(
  log: EventLog,
  place: TopicPartition,
  deliveries: Deliveries,
  by: 'retry' | 'dead-letter' | 'settled',
): void {
  log.fold('lane-resumed', by, { ...placeOfCall(place, deliveries), by }, 'Lane resumed');
}

/** The first record, and how many there were. */
function placeOfCall({ topic, partition }: TopicPartition, deliveries: Deliveries): RecordPlace & { readonly records?: number } {
  return { topic, partition, ...deliveries[0], ...(deliveries.length > 1 ? { records: deliveries.length } : {}) };
}

/** Of a record that is consumed, and was not at once. What is rejected has a line of its own. */
export function logRecovered(log: EventLog, { record, attempt, failures }: OpenRecord): void {
  if (failures > 0) log.fold('record-recovered', '', { ...placeOf(record), attempt, failures }, 'The record that had failed is consumed');
}

interface RecordPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset?: number;
  readonly attempt?: number;
}

function placeOf({ topic, partition, offset }: KafkaRecord): RecordPlace {
  return { topic, partition, offset };
}
