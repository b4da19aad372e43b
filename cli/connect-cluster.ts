import { loadKafkaConfig } from '../src/config/load-kafka-config.ts';
import type { ProducerConfig } from '../src/config/kafka-config.ts';
import type { Clock } from '../src/clock.ts';
import { loadKafkajsTransport } from '../src/load-kafkajs-transport.ts';
import { silentLogger } from '../src/logger.ts';
import type { Random } from '../src/random.ts';
import { systemClock } from '../src/system-clock.ts';
import { systemRandom } from '../src/system-random.ts';
import type { Transport } from '../src/transport.ts';

const CONNECT_TIMEOUT_MS = 15_000;

/** A cluster that a command works on, and what it works with. */
export interface ConnectedCluster {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly producer: ProducerConfig;
  close(): Promise<void>;
}

/**
 * Connects as an application of this environment would: `KAFKA_*` variables, TLS and log-in included, with `brokers` instead
 * of KAFKA_BROKERS where they are given. Rejects with CONFIG_INVALID, BROKER_UNREACHABLE or AUTHENTICATION_FAILED.
 */
export async function connectCluster(brokers: readonly string[] | undefined): Promise<ConnectedCluster> {
  const given = brokers === undefined ? {} : { KAFKA_BROKERS: brokers.join(',') };
  const config = loadKafkaConfig({ ...process.env, ...given });
  const transport = await loadKafkajsTransport(config, silentLogger, systemClock);
  try {
    await transport.connect({ timeoutMs: CONNECT_TIMEOUT_MS });
  } catch (error) {
    await transport.close();
    throw error;
  }
  return { transport, clock: systemClock, random: systemRandom, producer: config.producer, close: () => transport.close() };
}
