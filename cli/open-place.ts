import { KafkaError } from '../src/errors.ts';
import { memoryPlace } from '../scenarios/memory-place.ts';
import type { ScenarioPlace } from '../scenarios/run-scenarios.ts';

/** Where a command plays, and how that is called in a report. */
export interface OpenPlace {
  readonly place: ScenarioPlace;
  readonly description: string;
  close(): Promise<void>;
}

/** Rejects with UNSUPPORTED for a transport that is not there yet, with REAL_KAFKA_UNAVAILABLE where there is no broker. */
export async function openPlace(transport: string, brokers: readonly string[] | undefined): Promise<OpenPlace> {
  switch (transport) {
    case 'memory':
      if (brokers !== undefined)
        throw new KafkaError('CONFIG_INVALID', '--brokers is for --transport kafkajs; the in-memory Kafka has no address.');
      return { place: memoryPlace, description: 'an in-memory Kafka in virtual time', close: () => Promise.resolve() };
    case 'kafkajs':
      return openKafka(brokers);
    case 'wire':
      throw new KafkaError('UNSUPPORTED', '--transport wire is not there yet; there are memory and kafkajs.');
    default:
      throw new KafkaError('CONFIG_INVALID', `--transport is ${JSON.stringify(transport)}, expected memory or kafkajs.`);
  }
}

async function openKafka(brokers: readonly string[] | undefined): Promise<OpenPlace> {
  // Loaded here: a rehearsal in memory needs none of it.
  const [{ kafkaPlace }, { useGiven }, { startRealKafka }] = await Promise.all([
    import('../scenarios/kafka-place.ts'),
    import('../testing/kafka/given.ts'),
    import('../testing/kafka/real-kafka.ts'),
  ]);
  const kafka = brokers === undefined ? await startRealKafka({ nodes: 2 }) : await useGiven(brokers, 1, '--brokers');
  return {
    place: kafkaPlace(kafka),
    description: `Apache Kafka ${kafka.version} at ${kafka.brokers.join(', ')}, by kafkajs`,
    close: () => kafka.stop(),
  };
}
