import type { Clock } from './clock.ts';
import type { KafkaConfig } from './config/kafka-config.ts';
import { KafkaError } from './errors.ts';
import type { Logger } from './logger.ts';
import type { Transport } from './transport.ts';

/** Loaded only here: an application without Kafka pays nothing for the client. */
export async function loadKafkajsTransport(config: KafkaConfig, logger: Logger, clock: Clock): Promise<Transport> {
  try {
    const { kafkajsTransport } = await import('./transports/kafkajs/index.ts');
    return kafkajsTransport({ ...config, logger, clock });
  } catch (cause) {
    if ((cause as { readonly code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new KafkaError(
      'PEER_MISSING',
      'the kafkajs transport needs the package kafkajs: npm install kafkajs, or give the manager another transport',
      { cause },
    );
  }
}
