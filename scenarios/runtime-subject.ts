import { kafkaConfig } from '../src/config/create-kafka-config.ts';
import type { KafkaConfig } from '../src/config/kafka-config.ts';
import { KafkaError } from '../src/errors.ts';
import { silentLogger } from '../src/logger.ts';
import { KafkaManager } from '../src/manager.ts';
import type { ManagerDependencies } from '../src/manager-options.ts';
import type { PlanProcess } from '../testing/scenario/plan.ts';
import { handlerPromises } from './handler-promises.ts';
import type { Subject, SubjectOptions } from './subject.ts';

/** Long enough for a start under faults; a deployment would start the process again. */
const START_TIMEOUT_MS = 120_000;

/** Validated settings, which never change: a campaign starts the same few members a hundred thousand times. */
const configs = new Map<string, KafkaConfig>();
const MAX_CONFIGS = 1_000;

/** Our runtime, as an application starts it: a manager on the member's transport. */
export const runtimeSubject: Subject = {
  name: 'kafka-rehearsal',
  ordering: 'partition',
  observes: true,
  promises: (handlers, process) => ({
    handlers: handlers.flatMap(handlerPromises),
    process: { durableLedger: true, ...process },
  }),
  start(member, options) {
    const manager = new KafkaManager(configOf(member.name, options), {
      transport: member.transport,
      clock: member.clock,
      random: member.random,
      logger: silentLogger,
      observers: [options.observe],
      member: member.name,
      ...dependenciesOf(options.process),
    });
    for (const handler of options.handlers) manager.register(handler);
    return {
      started: manager.start({ timeoutMs: START_TIMEOUT_MS }),
      stopped: manager.stopped,
      stop: async () => {
        await manager.stop();
      },
      retryHalted: (where) => void manager.retryHalted(where),
      deadLetterHalted: (where) => manager.deadLetterHalted(where),
      setPaused: (selection, isPaused) => {
        try {
          if (isPaused) manager.pause([selection]);
          else manager.resume([selection]);
          return true;
        } catch (error) {
          // It has only begun to start.
          if (error instanceof KafkaError && error.code === 'MANAGER_STATE') return false;
          throw error;
        }
      },
    };
  },
};

function dependenciesOf({ durableLedger, ...limits }: PlanProcess): Pick<ManagerDependencies, 'limits' | 'durableLedger'> {
  return { limits, ...(durableLedger === undefined ? {} : { durableLedger }) };
}

function configOf(member: string, options: SubjectOptions): KafkaConfig {
  const settings = {
    enabled: true,
    brokers: ['rehearsal:9092'],
    clientId: member,
    groupId: options.groupId,
    autoOffsetReset: options.offsetReset,
    sessionTimeoutMs: options.sessionTimeoutMs,
    heartbeatIntervalMs: options.heartbeatIntervalMs,
    rebalanceTimeoutMs: options.rebalanceTimeoutMs,
    requestTimeoutMs: options.requestTimeoutMs,
    producer: { requestTimeoutMs: options.produceTimeoutMs },
    maxWaitTimeMs: options.maxWaitTimeMs,
    commitIntervalMs: options.commitIntervalMs,
    lagIntervalMs: 0, // a timer that never ends is an event that never lets a rehearsal be at rest
    logLevel: 'silent',
  } as const;
  const key = JSON.stringify(settings);
  const known = configs.get(key);
  if (known !== undefined) return known;
  const config = kafkaConfig(settings);
  if (configs.size < MAX_CONFIGS) configs.set(key, config);
  return config;
}
