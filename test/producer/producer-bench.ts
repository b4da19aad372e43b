import type { KafkaConfigInput } from '../../src/config/kafka-config.ts';
import { kafkaConfig } from '../../src/config/create-kafka-config.ts';
import { KafkaError } from '../../src/errors.ts';
import { BatchingProducer } from '../../src/producer/batching-producer.ts';
import type { RecordMetadata } from '../../src/producer/record-producer.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { ScriptedTransport } from './scripted-transport.ts';

/** A producer on a scripted transport, in time moved by hand; the random number is always a half. */
export interface Bench {
  readonly clock: ManualClock;
  readonly transport: ScriptedTransport;
  readonly producer: BatchingProducer;
}

export function benchOf(config: KafkaConfigInput['producer'] = {}): Bench {
  const clock = new ManualClock();
  const transport = new ScriptedTransport();
  return {
    clock,
    transport,
    producer: new BatchingProducer({ transport, clock, random: { next: () => 0.5 }, config: kafkaConfig({ producer: config }).producer }),
  };
}

/** What became of a send: where it stands, its error, or nothing yet. */
export interface Fate {
  metadata?: RecordMetadata;
  error?: KafkaError;
}

/** Follows a send without waiting for it. */
export function follow(sent: Promise<RecordMetadata>): Fate {
  const fate: Fate = {};
  sent.then(
    (metadata) => void (fate.metadata = metadata),
    (error: unknown) => {
      if (!(error instanceof KafkaError)) throw error;
      fate.error = error;
    },
  );
  return fate;
}
