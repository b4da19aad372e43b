/**
 * Produce. Checks in Kafka's order: acks, then per partition topic, leader, in-sync replicas, the producer's sequence,
 * size, records. With acks −1 the answer waits until the high watermark has passed the records.
 * Source: ReplicaManager.appendRecords, Partition.appendRecordsToLeader, UnifiedLog.append, DelayedProduce.
 * Not modelled: transactions, compression, and that a broker closes the connection when a request with acks 0 fails.
 */
import { appendRecords } from './append.ts';
import type { Caller, ClusterState } from './cluster-state.ts';
import type { BrokerErrorCode } from './error-code.ts';
import { wakeFetches } from './fetch.ts';
import type { ProducePartitionResponse, ProduceRequest, ProduceResponse } from './protocol-data.ts';
import { scheduleRetention } from './retention.ts';
import { ledPartition } from './routing.ts';
import type { Partition } from './topic.ts';

type Target = ProduceRequest['partitions'][number];

/** An answer that may have to wait for the replicas. */
interface Written {
  readonly response: ProducePartitionResponse;
  /** Null with an error. */
  readonly partition: Partition | null;
  readonly leaderEpoch: number;
  /** The high watermark that it needs. */
  readonly endOffset: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const ALL_REPLICAS = -1;

export function produce(state: ClusterState, caller: Caller, request: ProduceRequest, respond: (response: ProduceResponse) => void): void {
  const { acks } = request;
  const validAcks = acks === ALL_REPLICAS || acks === 0 || acks === 1;
  const written = request.partitions.map((target) =>
    validAcks ? produceToPartition(state, caller, target, acks) : refused(target, 'INVALID_REQUIRED_ACKS'),
  );
  if (acks === ALL_REPLICAS && written.some(isWaiting)) park(state, request, written, respond);
  else respond({ partitions: written.map(({ response }) => response) });
}

/** To be called when the high watermark may have moved, or the leader has. */
export function wakeProduces(partition: Partition): void {
  for (const tryComplete of [...partition.waitingProduces]) tryComplete();
}

function produceToPartition(state: ClusterState, caller: Caller, target: Target, acks: number): Written {
  const found = ledPartition(state, caller, target.topic, target.partition);
  if (typeof found === 'string') return refused(target, found);
  const { topic, partition } = found;
  if (acks === ALL_REPLICAS && partition.inSyncReplicas.length < topic.config.minInSyncReplicas)
    return refused(target, 'NOT_ENOUGH_REPLICAS');
  const { producer, records } = target;
  const verdict = producer === undefined ? null : partition.producers.judge(producer, records.length);
  if (verdict?.kind === 'refused') return refused(target, verdict.errorCode);
  if (verdict?.kind === 'duplicate') return done(target, partition, verdict.baseOffset, -1);
  const baseOffset = partition.log.logEndOffset;
  const errorCode = appendRecords(topic, partition, records, state.nowMs);
  // Kafka tells the log start when records fail validation, and not when the batch is too large.
  if (errorCode !== 'NONE') {
    const written = refused(target, errorCode, errorCode === 'MESSAGE_TOO_LARGE' ? -1 : partition.log.logStartOffset);
    if (errorCode !== 'INVALID_TIMESTAMP') return written;
    return { ...written, response: { ...written.response, latestTimestampMs: state.nowMs + topic.config.timestampAfterMaxMs } };
  }
  if (producer !== undefined) partition.producers.appended(producer, records.length, baseOffset);
  scheduleRetention(state, topic, partition);
  wakeFetches(partition);
  return done(target, partition, baseOffset, topic.config.logAppendTime ? state.nowMs : -1);
}

function park(
  state: ClusterState,
  request: ProduceRequest,
  written: readonly Written[],
  respond: (response: ProduceResponse) => void,
): void {
  const partitions = new Set(written.filter(isWaiting).map(({ partition }) => partition as Partition));
  const complete = (): void => {
    state.timers.cancel(timer);
    for (const partition of partitions) partition.waitingProduces.delete(tryComplete);
    respond({ partitions: written.map(settled) });
  };
  const tryComplete = (): void => {
    if (!written.some(isWaiting)) complete();
  };
  const timer = state.timers.schedule(state.nowMs + (request.timeoutMs ?? DEFAULT_TIMEOUT_MS), complete);
  for (const partition of partitions) partition.waitingProduces.add(tryComplete);
}

function isWaiting({ partition, endOffset, leaderEpoch }: Written): boolean {
  return partition !== null && partition.leaderEpoch === leaderEpoch && partition.log.highWatermark < endOffset;
}

/** The records stand in the leader's log; whether they stay there is not known when the time is over or the leader changed. */
function settled(each: Written): ProducePartitionResponse {
  const { response, partition, endOffset, leaderEpoch } = each;
  if (partition === null) return response;
  if (partition.leaderEpoch !== leaderEpoch) return { ...response, errorCode: 'NOT_LEADER_OR_FOLLOWER', baseOffset: -1 };
  return partition.log.highWatermark >= endOffset ? response : { ...response, errorCode: 'REQUEST_TIMED_OUT', baseOffset: -1 };
}

function done({ topic, partition: index, records }: Target, partition: Partition, baseOffset: number, logAppendTimeMs: number): Written {
  const { logStartOffset } = partition.log;
  return {
    response: { topic, partition: index, errorCode: 'NONE', baseOffset, logAppendTimeMs, logStartOffset },
    partition,
    leaderEpoch: partition.leaderEpoch,
    endOffset: baseOffset + records.length,
  };
}

function refused({ topic, partition }: Target, errorCode: BrokerErrorCode, logStartOffset = -1): Written {
  const response = { topic, partition, errorCode, baseOffset: -1, logAppendTimeMs: -1, logStartOffset };
  return { response, partition: null, leaderEpoch: -1, endOffset: -1 };
}
