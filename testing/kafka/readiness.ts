import { setTimeout as delay } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import type { Admin, KafkaConfig } from 'kafkajs';
import { KafkaError } from '../../src/errors.ts';

const POLL_INTERVAL_MS = 100;

/** Resolves with the broker ids when `nodes` brokers are known and the group coordinator answers, so that no test pays for the making of internal topics. */
export async function waitUntilReady(
  connection: Pick<KafkaConfig, 'brokers' | 'ssl' | 'sasl'>,
  nodes: number,
  options: { readonly withinMs: number; readonly failed: () => string | null },
): Promise<readonly number[]> {
  const deadline = performance.now() + options.withinMs;
  const kafka = new kafkajs.Kafka({ ...connection, clientId: 'readiness', logLevel: kafkajs.logLevel.NOTHING, connectionTimeout: 2_000, retry: { retries: 0 } });
  let last = 'nothing answered yet';
  while (performance.now() < deadline) {
    const failed = options.failed();
    if (failed !== null) throw new KafkaError('REAL_KAFKA_UNAVAILABLE', failed);
    const admin = kafka.admin();
    try {
      await admin.connect();
      return await readyBrokers(admin, nodes);
    } catch (error) {
      last = (error as Error).message;
      await delay(POLL_INTERVAL_MS);
    } finally {
      await admin.disconnect();
    }
  }
  throw new KafkaError('REAL_KAFKA_UNAVAILABLE', `Kafka at ${String(connection.brokers)} was not ready within ${options.withinMs} ms: ${last}`);
}

async function readyBrokers(admin: Admin, nodes: number): Promise<readonly number[]> {
  const { brokers } = await admin.describeCluster();
  if (brokers.length < nodes) throw new Error(`${brokers.length} of ${nodes} brokers are known`);
  await admin.describeGroups(['readiness']);
  return brokers.map(({ nodeId }) => nodeId).sort((a, b) => a - b);
}
