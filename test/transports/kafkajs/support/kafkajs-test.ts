import kafkajs from 'kafkajs';
import type { Kafka, KafkaConfig } from 'kafkajs';
import type { TestAPI } from 'vitest';
import type { ProduceRecord, Transport } from '../../../../src/transport.ts';
import type { KafkajsTransportOptions } from '../../../../src/transports/kafkajs/index.ts';
import { kafkajsTransport } from '../../../../src/transports/kafkajs/index.ts';
import { until } from './until.ts';
import { kafkaTest } from '../../../../testing/kafka/kafka-test.ts';
import type { KafkaInTest } from '../../../../testing/kafka/kafka-test.ts';

export interface KafkajsFixtures {
  kafka: KafkaInTest;
  /** Makes a transport on the run's Kafka; closed after the test. */
  transport: (options?: Partial<KafkajsTransportOptions>) => Transport;
  /** kafkajs itself, to show what it does alone. What a test connects it disconnects. */
  plain: (options?: Partial<KafkaConfig>) => Kafka;
}

export const kafkajsTest: TestAPI<KafkajsFixtures> = kafkaTest.extend<Pick<KafkajsFixtures, 'transport' | 'plain'>>({
  transport: async ({ kafka }, use) => {
    const made: Transport[] = [];
    await use((options = {}) => {
      const transport = kafkajsTransport({ brokers: kafka.brokers, ...options });
      made.push(transport);
      return transport;
    });
    await Promise.all(made.map((transport) => transport.close()));
  },
  plain: async ({ kafka }, use) => {
    await use((options = {}) => new kafkajs.Kafka({ brokers: [...kafka.brokers], logLevel: kafkajs.logLevel.NOTHING, ...options }));
  },
}) as TestAPI<KafkajsFixtures>;

/** A value, or a key and its value. */
export type TestValue = string | null | { readonly key: string; readonly value: string };

/** Records with these values, in order, made now. */
export function records(...values: readonly TestValue[]): ProduceRecord[] {
  return values.map((given) => {
    const { key, value } = typeof given === 'object' && given !== null ? given : { key: null, value: given };
    return { key: bytesOf(key), value: bytesOf(value), headers: [], timestamp: Date.now() };
  });
}

function bytesOf(text: string | null): Uint8Array | null {
  return text === null ? null : Buffer.from(text);
}

/** Again as long as the leader of a new topic does not know that it is; nothing was written then. */
export async function write(transport: Transport, topic: string, partition: number, ...values: readonly TestValue[]): Promise<void> {
  const producer = transport.createProducer({ requestTimeoutMs: 5_000 });
  await producer.partitionCount(topic);
  await until(async () => {
    const [result] = await producer.produce([{ topic, partition, records: records(...values) }]);
    if (result?.outcome === 'acknowledged') return true;
    if (result?.outcome === 'refused' && result.retriable) return false;
    throw new Error(`Not written: ${JSON.stringify(result)}`);
  }, `a write to ${topic}/${partition}`);
  await producer.close();
}

export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}
