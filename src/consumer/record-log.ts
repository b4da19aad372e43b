import type { Reject } from '../action.ts';
import type { Logger } from '../logger.ts';
import type { KafkaRecord } from '../record.ts';

/** The first failure of a record is logged, then those numbered by a power of ten, so that one bad record does not flood the log. */
export function logFailure(logger: Logger, record: KafkaRecord, attempt: number, failures: number, error: unknown): void {
  if (!Number.isInteger(Math.log10(failures))) return;
  const message =
    failures === 1
      ? 'Handler failed; the record holds its partition and is delivered again'
      : 'Handler still fails; the record holds its partition';
  logger.error({ ...placeOf(record), attempt, failures, err: error }, message);
}

export function logReject(logger: Logger, record: KafkaRecord, attempt: number, { reason, cause }: Reject): void {
  logger.warn({ ...placeOf(record), attempt, reason, err: cause }, 'Record rejected');
}

/** Whatever was logged of the record before: this is why nothing more comes. */
export function logHung(logger: Logger, record: KafkaRecord, attempt: number, overdueMs: number): void {
  const message = 'A handler call runs on long after its deadline; its partition stands still until the call settles';
  logger.error({ ...placeOf(record), attempt, overdueMs }, message);
}

function placeOf({ topic, partition, offset }: KafkaRecord): {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
} {
  return { topic, partition, offset };
}
