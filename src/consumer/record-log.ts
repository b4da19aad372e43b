import type { Reject } from '../action.ts';
import type { KafkaError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { KafkaRecord } from '../record.ts';
import type { TopicPartition } from '../transport.ts';
import type { OpenRecord } from './open-record.ts';

/** The first failure of a record is logged, then those numbered by a power of ten, so that one bad record does not flood the log. */
export function logFailure(logger: Logger, record: KafkaRecord, attempt: number, failures: number, error: unknown): void {
  if (!Number.isInteger(Math.log10(failures))) return;
  const message =
    failures === 1 ? 'Handler failed; the record holds its lane and is delivered again' : 'Handler still fails; the record holds its lane';
  logger.error({ ...placeOf(record), attempt, failures, err: error }, message);
}

export function logReject(logger: Logger, record: KafkaRecord, attempt: number, { reason, cause }: Pick<Reject, 'reason' | 'cause'>): void {
  logger.warn({ ...placeOf(record), attempt, reason, err: cause }, 'Record rejected');
}

/** Once for each record: from now on it comes at the longest back-off, and only retention ends that. */
export function logExhausted(logger: Logger, open: OpenRecord, reason: 'retries-exhausted' | 'skips-exhausted'): void {
  if (open.isExhausted) return;
  open.isExhausted = true;
  const { record, attempt, failures, skips } = open;
  const message = 'The limit of its retry policy is reached; the record is delivered on at the longest back-off';
  logger.error({ ...placeOf(record), attempt, failures, skips, reason }, message);
}

type Deliveries = readonly { readonly offset: number; readonly attempt: number }[];

/** Whatever was logged of the record before: this is why two calls of a lane run. */
export function logOvertaken(logger: Logger, place: TopicPartition, deliveries: Deliveries, overdueMs: number): void {
  const message = 'A handler call runs on long after its deadline; its lane goes on beside it, as the handler asks for';
  logger.error({ ...placeOfCall(place, deliveries), overdueMs }, message);
}

export function logLaneHalted(logger: Logger, place: TopicPartition, deliveries: Deliveries, error: KafkaError): void {
  logger.error({ ...placeOfCall(place, deliveries), code: error.code, err: error }, `Lane halted: ${error.message}`);
}

export function logLaneResumed(
  logger: Logger,
  place: TopicPartition,
  deliveries: Deliveries,
  by: 'retry' | 'dead-letter' | 'settled',
): void {
  logger.warn({ ...placeOfCall(place, deliveries), by }, 'Lane resumed');
}

/** The first record, and how many there were. */
function placeOfCall({ topic, partition }: TopicPartition, deliveries: Deliveries): Readonly<Record<string, unknown>> {
  return { topic, partition, ...deliveries[0], ...(deliveries.length > 1 ? { records: deliveries.length } : {}) };
}

/** Of records that did not succeed at once. */
export function logDone(logger: Logger, { record, attempt, failures }: OpenRecord): void {
  if (failures > 0) logger.info({ ...placeOf(record), attempts: attempt, failures }, 'The record that had failed is done');
}

function placeOf({ topic, partition, offset }: KafkaRecord): {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
} {
  return { topic, partition, offset };
}
