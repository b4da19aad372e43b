import type { TransportConsumerOptions } from '../../src/transport.ts';
import type { SubjectOptions } from '../subject.ts';

/** What a consumer of the zoo asks of its transport. */
export function consumerOptions(options: SubjectOptions): TransportConsumerOptions {
  return {
    groupId: options.groupId,
    groupInstanceId: null,
    topics: options.handlers.flatMap((handler) => handler.topics),
    sessionTimeoutMs: options.sessionTimeoutMs,
    rebalanceTimeoutMs: options.rebalanceTimeoutMs,
    heartbeatIntervalMs: options.heartbeatIntervalMs,
    requestTimeoutMs: options.requestTimeoutMs,
    maxWaitTimeMs: options.maxWaitTimeMs,
    maxBytesPerPartition: 1_048_576,
    isolationLevel: 'read_committed',
  };
}
