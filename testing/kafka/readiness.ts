import { setTimeout as delay } from 'node:timers/promises';
import { KafkaError } from '../../src/errors.ts';
import { WitnessAdmin } from './witness/witness-admin.ts';

const POLL_INTERVAL_MS = 50;

/**
 * Resolves with the broker ids when `nodes` brokers are known and the group coordinator answers, so that no test pays for
 * the making of internal topics. `brokers` are plain listeners.
 */
export async function waitUntilReady(
  brokers: readonly string[],
  nodes: number,
  options: {
    readonly withinMs: number;
    /** Why it never will be; null while it may. */
    readonly failed: () => string | null;
    /** The cluster is new and ours: its internal topics are made on node 1, the one that is never stopped. */
    readonly makeInternalTopics?: boolean;
  },
): Promise<readonly number[]> {
  const deadline = performance.now() + options.withinMs;
  let last = 'nothing answered yet';
  while (performance.now() < deadline) {
    const failed = options.failed();
    if (failed !== null) throw new KafkaError('REAL_KAFKA_UNAVAILABLE', failed);
    const admin = new WitnessAdmin(brokers);
    try {
      const known = await admin.brokers();
      if (known.length < nodes) throw new Error(`${known.length} of ${nodes} brokers are known`);
      if (options.makeInternalTopics === true) await makeInternalTopics(admin);
      await admin.askCoordinator('readiness');
      return known.map(({ nodeId }) => nodeId).sort((a, b) => a - b);
    } catch (error) {
      last = (error as Error).message;
      await delay(POLL_INTERVAL_MS);
    } finally {
      admin.close();
    }
  }
  throw new KafkaError('REAL_KAFKA_UNAVAILABLE', `Kafka at ${brokers.join(', ')} was not ready within ${options.withinMs} ms: ${last}`);
}

/** As the broker would make them at the first use, but with leaders that are known. */
async function makeInternalTopics(admin: WitnessAdmin): Promise<void> {
  const configs = { 'cleanup.policy': 'compact', 'compression.type': 'producer', 'segment.bytes': '104857600' };
  await admin.createTopic('__consumer_offsets', [1], configs);
  await admin.createTopic('__transaction_state', [1], { ...configs, 'unclean.leader.election.enable': 'false' });
}
