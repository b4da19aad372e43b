import { KafkaError } from '../errors.ts';
import type { ProduceResult } from '../transport.ts';
import type { Batch } from './batch.ts';

export type FailedResult = Exclude<ProduceResult, { readonly outcome: 'acknowledged' }>;

/** Kafka's codes that blame a record, not the partition, the topic or the broker: half of the batch may well be fine. */
const RECORD_CODES: ReadonlySet<string> = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'CORRUPT_MESSAGE',
]);

/** Whether a definite refusal may be the fault of single records. */
export function blamesRecord(code: string): boolean {
  return RECORD_CODES.has(code);
}

/** Why the records of a batch failed; one error for all of them. */
export function produceFailed(
  batch: Batch,
  where: { readonly topic: string; readonly partition: number },
  why: string,
  last: FailedResult | null,
): KafkaError {
  const { topic, partition } = where;
  const { attempts, maybeWritten } = batch;
  const kafkaCode = last?.outcome === 'refused' ? last.code : (last?.cause.kafkaCode ?? null);
  const written = maybeWritten ? 'it may have been written all the same, because an answer was lost' : 'it was not written';
  const lastly = last === null ? '' : `, the last answer being ${kafkaCode ?? last.cause.message}`;
  return new KafkaError(
    'PRODUCE_FAILED',
    `record for topic "${topic}", partition ${partition}: ${why} (attempts: ${attempts}${lastly}); ${written}`,
    {
      cause: last?.cause,
      kafkaCode,
      details: { topic, partition, attempts, maybeWritten },
    },
  );
}
