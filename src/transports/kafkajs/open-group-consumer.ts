import type { Consumer, Kafka } from 'kafkajs';
import type { Clock } from '../../clock.ts';
import type { TransportConsumerOptions } from '../../transport.ts';
import { roundRobinAssigner } from './assigner.ts';
import type { Cluster, ClusterAccess } from './kafkajs-internals.ts';
import { prepareCluster } from './kafkajs-internals.ts';

/** kafkajs crashes and restarts its consumer (leaving the group) after so many failures in a row, a second apart at most. */
const RETRIES_BEFORE_RESTART = 10;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 1_000;

export interface GroupConsumerParts {
  readonly client: Kafka;
  readonly clock: Clock;
  readonly metadataMaxAgeMs: number;
  readonly options: TransportConsumerOptions;
  /** Then kafkajs is not to restart it. */
  readonly isOver: () => boolean;
}

/** kafkajs's consumer, and the cluster that it works on. Not connected. */
export function openGroupConsumer({ client, clock, metadataMaxAgeMs, options, isOver }: GroupConsumerParts): {
  readonly consumer: Consumer;
  readonly access: ClusterAccess;
} {
  const access: ClusterAccess[] = [];
  const consumer = client.consumer({
    groupId: options.groupId,
    sessionTimeout: options.sessionTimeoutMs,
    rebalanceTimeout: options.rebalanceTimeoutMs,
    heartbeatInterval: options.heartbeatIntervalMs,
    // How long kafkajs sleeps for a broker that leads nothing of ours; the fetches are our own.
    maxWaitTimeInMs: Math.min(options.maxWaitTimeMs, options.heartbeatIntervalMs),
    metadataMaxAge: metadataMaxAgeMs,
    allowAutoTopicCreation: false,
    retry: {
      initialRetryTime: FIRST_RETRY_MS,
      maxRetryTime: LONGEST_RETRY_MS,
      retries: RETRIES_BEFORE_RESTART,
      restartOnFailure: () => Promise.resolve(!isOver()),
    },
    partitionAssigners: [
      ({ cluster }) => {
        const prepared = prepareCluster(cluster as unknown as Cluster, options.rebalanceTimeoutMs + options.requestTimeoutMs, clock);
        access.push(prepared);
        return roundRobinAssigner(prepared.cluster);
      },
    ],
  });
  return { consumer, access: access[0]! };
}
