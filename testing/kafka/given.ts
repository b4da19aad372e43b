import { KafkaError } from '../../src/errors.ts';
import { releaseOf } from './broker-release.ts';
import { waitUntilReady } from './readiness.ts';
import type { RealKafka } from './real-kafka.ts';
import { WitnessAdmin } from './witness/witness-admin.ts';

const CONNECT_LIMIT_MS = 15_000;
/** Kafka's default of `group.min.session.timeout.ms`. */
const KAFKA_MIN_SESSION_TIMEOUT_MS = 6_000;

/** Brokers that stand already; they are used, never stopped. `given`: where somebody named them, for the error. */
export async function useGiven(brokers: readonly string[], nodes: number, given = 'KAFKA_REHEARSAL_BROKERS'): Promise<RealKafka> {
  const addresses = brokers.map((broker) => broker.trim()).filter((broker) => broker !== '');
  let nodeIds: readonly number[];
  try {
    nodeIds = await waitUntilReady(addresses, nodes, { withinMs: CONNECT_LIMIT_MS, failed: () => null });
  } catch (cause) {
    throw new KafkaError(
      'REAL_KAFKA_UNAVAILABLE',
      `${given} names a Kafka that cannot be used. ${(cause as Error).message}. Does it run, at that address, without TLS and SASL?`,
      { cause },
    );
  }
  const refuse = (): Promise<never> => Promise.reject(new KafkaError('UNSUPPORTED', 'Given brokers are not ours to stop or start.'));
  return {
    source: 'given',
    brokers: addresses,
    nodeIds,
    version: process.env['KAFKA_REHEARSAL_VERSION'] || (await releaseOf(addresses[0] ?? '')),
    minSessionTimeoutMs: await minSessionTimeoutMs(addresses, nodeIds[0] ?? 0),
    certificateAuthority: null,
    stopNode: refuse,
    startNode: refuse,
    stop: () => Promise.resolve(),
  };
}

async function minSessionTimeoutMs(brokers: readonly string[], nodeId: number): Promise<number> {
  const admin = new WitnessAdmin(brokers);
  try {
    return Number((await admin.brokerSetting(nodeId, 'group.min.session.timeout.ms')) ?? KAFKA_MIN_SESSION_TIMEOUT_MS);
  } finally {
    admin.close();
  }
}
