/**
 * vitest's global set-up for tests on real Kafka: one cluster of two brokers for the whole run (most hazards take two leaders).
 * Without one, tests made with `kafkaTest` are skipped with the reason; with `KAFKA_REHEARSAL_REQUIRED=1` the run fails.
 */
import type { TestProject } from 'vitest/node';
import { KafkaError } from '../../src/errors.ts';
import { realKafkaRequired, startRealKafka } from './real-kafka.ts';
import type { RealKafka } from './real-kafka.ts';

/** What tests are told of the run's cluster. */
export type ProvidedKafka =
  | ({ readonly available: true } & Pick<RealKafka, 'source' | 'brokers' | 'nodeIds' | 'version' | 'minSessionTimeoutMs'>)
  | { readonly available: false; readonly reason: string };

declare module 'vitest' {
  export interface ProvidedContext {
    realKafka: ProvidedKafka;
  }
}

let running: RealKafka | null = null;

export async function setup(project: TestProject): Promise<void> {
  const startedAt = performance.now();
  try {
    running = await startRealKafka({ nodes: 2 });
    const { source, brokers, nodeIds, version, minSessionTimeoutMs } = running;
    project.provide('realKafka', { available: true, source, brokers, nodeIds, version, minSessionTimeoutMs });
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    process.stdout.write(`Kafka ${version} (${SOURCES[source]}), ${nodeIds.length} brokers, ready after ${seconds} s\n`);
  } catch (error) {
    // Given brokers that do not answer, or a start that failed, are never a reason to skip quietly.
    const absent = error instanceof KafkaError && error.details['absent'] === true;
    if (realKafkaRequired() || !absent) throw error;
    process.stdout.write(`${error.message} Tests on real Kafka are skipped.\n`);
    project.provide('realKafka', { available: false, reason: error.message });
  }
}

export async function teardown(): Promise<void> {
  await running?.stop();
}

const SOURCES = { given: 'given by KAFKA_REHEARSAL_BROKERS', docker: 'in Docker', jvm: 'on the local JVM' } as const;
