import type { RealKafka } from '../testing/kafka/real-kafka.ts';
import { faultKindsOf } from '../testing/fault/catalogue.ts';
import type { ScenarioPlace } from './run-scenarios.ts';

/** Every plan on the same real Kafka, in topics and a group of its own. Real time: fewer runs, and no shrinking. */
export function kafkaPlace(kafka: Pick<RealKafka, 'brokers' | 'version' | 'minSessionTimeoutMs'>): ScenarioPlace {
  return {
    transport: 'kafkajs',
    time: 'real',
    faultKinds: faultKindsOf('kafka'),
    minSessionTimeoutMs: kafka.minSessionTimeoutMs,
    openVenue: async (config) => {
      // Loaded here: whoever rehearses in memory needs no kafkajs.
      const { KafkaVenue } = await import('../testing/kafka/kafka-venue.ts');
      return new KafkaVenue({ kafka, seed: config.seed });
    },
  };
}
