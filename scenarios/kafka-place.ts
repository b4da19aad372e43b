import type { RealKafka } from '../testing/kafka/real-kafka.ts';
import { MEMORY_FAULT_KINDS } from '../testing/memory/fault-injector.ts';
import type { Stageplace } from './run-scenarios.ts';

/** Every plan on the same real Kafka, in topics and a group of its own. Real time: fewer runs, and no shrinking. */
export function kafkaPlace(kafka: Pick<RealKafka, 'brokers' | 'version' | 'minSessionTimeoutMs'>): Stageplace {
  return {
    transport: 'kafkajs',
    time: 'real',
    faultKinds: MEMORY_FAULT_KINDS,
    minSessionTimeoutMs: kafka.minSessionTimeoutMs,
    openVenue: async (config) => {
      // Loaded here: whoever rehearses in memory needs no kafkajs.
      const { KafkaVenue } = await import('../testing/kafka/kafka-venue.ts');
      return new KafkaVenue({ kafka, seed: config.seed });
    },
  };
}
