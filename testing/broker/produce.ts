/**
 * Produce. Checks in Kafka's order: acks, then per partition topic, leader, size, records.
 * Source: ReplicaManager.appendRecords, UnifiedLog.append.
 * Not modelled: idempotence and transactions, replication (so no NOT_ENOUGH_REPLICAS), compression, and that a broker
 * closes the connection when a request with acks 0 fails.
 */
import { appendRecords } from './append.ts';
import type { Caller, ClusterState } from './cluster-state.ts';
import type { BrokerErrorCode } from './error-code.ts';
import { wakeFetches } from './fetch.ts';
import type { ProducePartitionResponse, ProduceRequest, ProduceResponse } from './protocol-data.ts';
import { scheduleRetention } from './retention.ts';
import { ledPartition } from './routing.ts';

export function produce(state: ClusterState, caller: Caller, request: ProduceRequest): ProduceResponse {
  const validAcks = request.acks === -1 || request.acks === 0 || request.acks === 1;
  return {
    partitions: request.partitions.map((target) =>
      validAcks ? produceToPartition(state, caller, target) : refused(target, 'INVALID_REQUIRED_ACKS'),
    ),
  };
}

type Target = ProduceRequest['partitions'][number];

function produceToPartition(state: ClusterState, caller: Caller, target: Target): ProducePartitionResponse {
  const found = ledPartition(state, caller, target.topic, target.partition);
  if (typeof found === 'string') return refused(target, found);
  const { topic, partition } = found;
  const baseOffset = partition.log.logEndOffset;
  const errorCode = appendRecords(topic, partition, target.records, state.nowMs);
  // Kafka tells the log start when records fail validation, and not when the batch is too large.
  if (errorCode !== 'NONE')
    return { ...refused(target, errorCode), logStartOffset: errorCode === 'MESSAGE_TOO_LARGE' ? -1 : partition.log.logStartOffset };
  scheduleRetention(state, topic, partition);
  wakeFetches(partition);
  return {
    topic: target.topic,
    partition: target.partition,
    errorCode,
    baseOffset,
    logAppendTimeMs: topic.config.logAppendTime ? state.nowMs : -1,
    logStartOffset: partition.log.logStartOffset,
  };
}

function refused(target: Target, errorCode: BrokerErrorCode): ProducePartitionResponse {
  return { topic: target.topic, partition: target.partition, errorCode, baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1 };
}
