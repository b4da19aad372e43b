import type { DeadLetter } from '../../src/dead-letter/dead-letter-sink.ts';
import type { KafkaRecord } from '../../src/record.ts';
import type { ProduceRecord } from '../../src/transport.ts';

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function text(value: Uint8Array | null | undefined): string | null {
  return value == null ? null : new TextDecoder().decode(value);
}

export function record(given: Partial<KafkaRecord> = {}): KafkaRecord {
  return {
    topic: 'orders',
    partition: 2,
    offset: 41,
    timestamp: 1_600_000_000_000,
    key: bytes('k'),
    value: bytes('{"id":1}'),
    headers: [],
    ...given,
  };
}

export function rejected(given: Partial<DeadLetter> = {}): DeadLetter {
  return { record: record(), reason: 'too-old', cause: undefined, attempts: 3, failures: 2, ...given };
}

/** As it would be read back from where it was written. */
export function stored(written: ProduceRecord, place: Partial<KafkaRecord> = {}): KafkaRecord {
  return { topic: 'orders.dead', partition: 2, offset: 7, ...written, ...place };
}
