import type { Clock } from '../../src/clock.ts';
import { KafkaError } from '../../src/errors.ts';
import type { HandlerContext } from '../../src/handler.ts';
import { silentLogger } from '../../src/logger.ts';
import type { RecordProducer } from '../../src/producer/record-producer.ts';
import type { KafkaRecord } from '../../src/record.ts';

/** What a consumer of the zoo hands to a handler with a record. It has no producer. */
export function deliveryContext(clock: Clock, record: KafkaRecord, attempt: number, failures: number): HandlerContext {
  return {
    id: `${record.topic}/${record.partition}/${record.offset}`,
    record,
    attempt,
    failures,
    signal: new AbortController().signal,
    clock: { now: () => clock.now(), sleep: (delayMs) => new Promise((resolve) => void clock.setTimer(delayMs, resolve)) },
    logger: silentLogger,
    producer: noProducer,
  };
}

function refuse(): Promise<never> {
  return Promise.reject(new KafkaError('UNSUPPORTED', 'A consumer of the bug zoo has no producer'));
}

const noProducer: RecordProducer = { send: refuse, sendJson: refuse, flush: () => Promise.resolve() };
