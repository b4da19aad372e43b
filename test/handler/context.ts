import type { HandlerContext } from '../../src/handler.ts';
import { silentLogger } from '../../src/logger.ts';
import type { KafkaRecord } from '../../src/record.ts';

/** A record with the given value; strings become UTF-8. */
export function recordOf(value: string | Uint8Array | null): KafkaRecord {
  return {
    topic: 'orders',
    partition: 0,
    offset: 0,
    timestamp: 0,
    key: null,
    value: typeof value === 'string' ? Buffer.from(value) : value,
    headers: [],
  };
}

/** A context for handlers that need none of its services. */
export function contextOf(record: KafkaRecord): HandlerContext {
  return {
    id: `${record.topic}/${record.partition}/${record.offset}`,
    record,
    attempt: 1,
    failures: 0,
    signal: new AbortController().signal,
    clock: { now: () => 0, sleep: () => Promise.resolve() },
    logger: silentLogger,
    producer: {
      send: () => Promise.reject(new Error('no producer here')),
      sendJson: () => Promise.reject(new Error('no producer here')),
      flush: () => Promise.resolve(),
    },
  };
}
