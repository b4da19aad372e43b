import { kafkaConfig } from '../src/config/create-kafka-config.ts';
import { silentLogger } from '../src/logger.ts';
import { KafkaManager } from '../src/manager.ts';
import type { Subject } from './subject.ts';

/** Long enough for a start under faults; a deployment would start the process again. */
const START_TIMEOUT_MS = 120_000;

/** Our runtime, as an application starts it: a manager on the member's transport. */
export const runtimeSubject: Subject = {
  name: 'kafka-rehearsal',
  ordering: 'partition',
  observes: true,
  start(member, options) {
    const config = kafkaConfig({
      enabled: true,
      brokers: ['rehearsal:9092'],
      clientId: member.name,
      groupId: options.groupId,
      autoOffsetReset: options.offsetReset,
      sessionTimeoutMs: options.sessionTimeoutMs,
      heartbeatIntervalMs: options.heartbeatIntervalMs,
      rebalanceTimeoutMs: options.rebalanceTimeoutMs,
      requestTimeoutMs: options.requestTimeoutMs,
      maxWaitTimeMs: options.maxWaitTimeMs,
      commitIntervalMs: options.commitIntervalMs,
      logLevel: 'silent',
    });
    const manager = new KafkaManager(config, {
      transport: member.transport,
      clock: member.clock,
      random: member.random,
      logger: silentLogger,
      observers: [options.observe],
      member: member.name,
    });
    for (const handler of options.handlers) manager.register(handler);
    return {
      started: manager.start({ timeoutMs: START_TIMEOUT_MS }),
      stopped: manager.stopped,
      stop: async () => {
        await manager.stop();
      },
    };
  },
};
