import { KafkaError } from '../errors.ts';
import { HANDLER } from '../handler.ts';
import type { Handler } from '../handler.ts';
import type { TopicPartition } from '../transport.ts';

/** Stands where a handler should be. Never called: a partition without a handler is halted before it fetches anything. */
export const NO_HANDLER: Handler = {
  [HANDLER]: true,
  topics: [],
  retry: { initialDelayMs: 1, maxDelayMs: 1, factor: 1 },
  deadlineMs: null,
  process: (record) => {
    throw missingHandler(record);
  },
};

export function missingHandler({ topic, partition }: TopicPartition): KafkaError {
  const message = `No handler for topic ${topic}: a record of it must not be lost, so the partition is halted. Register a handler, or do not subscribe to the topic.`;
  return new KafkaError('HANDLER_MISSING', message, { details: { topic, partition } });
}
