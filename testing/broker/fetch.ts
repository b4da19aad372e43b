/**
 * Fetch with long poll. Answered at once when `maxWaitMs` is 0, nothing is asked for, a partition has an error, or
 * `minBytes` are there; else parked until an append brings the bytes, the topic is deleted, or the time is over.
 * Source: ReplicaManager.fetchMessages and readFromLog, DelayedFetch.
 * Not modelled: fetch sessions, the current leader epoch in requests, rack-aware fetching, aborted transactions.
 */
import type { Caller, ClusterState } from './cluster-state.ts';
import type { BrokerErrorCode } from './error-code.ts';
import type { FetchPartition, FetchPartitionResponse, FetchRequest, FetchResponse } from './protocol-data.ts';
import { ledPartition } from './routing.ts';
import type { Partition } from './topic.ts';

export interface ParkedFetch {
  /** Answers if enough bytes are there by now. */
  readonly tryComplete: () => void;
  /** Answers with what is there. */
  readonly complete: () => void;
}

export function fetch(state: ClusterState, caller: Caller, request: FetchRequest, respond: (response: FetchResponse) => void): void {
  const response = readAll(state, caller, request);
  const failed = response.partitions.some(({ errorCode, divergesAt }) => errorCode !== 'NONE' || divergesAt !== undefined);
  if (request.maxWaitMs <= 0 || request.partitions.length === 0 || failed || bytesIn(response) >= request.minBytes) respond(response);
  else park(state, caller, request, respond);
}

/** To be called after an append. */
export function wakeFetches(partition: Partition): void {
  for (const parked of [...partition.waitingFetches]) parked.tryComplete();
}

/** To be called when a partition is gone, or led by another broker. */
export function completeFetches(partition: Partition): void {
  for (const parked of [...partition.waitingFetches]) parked.complete();
}

function park(state: ClusterState, caller: Caller, request: FetchRequest, respond: (response: FetchResponse) => void): void {
  const waits: { readonly partition: Partition; readonly fetch: FetchPartition }[] = [];
  for (const wanted of request.partitions) {
    const found = ledPartition(state, caller, wanted.topic, wanted.partition);
    if (typeof found !== 'string') waits.push({ partition: found.partition, fetch: wanted });
  }
  const parked: ParkedFetch = {
    tryComplete: () => {
      const bytes = waits.reduce(
        (sum, wait) => sum + Math.min(wait.partition.log.readableBytesFrom(wait.fetch.fetchOffset), wait.fetch.partitionMaxBytes),
        0,
      );
      if (bytes >= request.minBytes) parked.complete();
    },
    complete: () => {
      state.timers.cancel(timer);
      for (const { partition } of waits) partition.waitingFetches.delete(parked);
      respond(readAll(state, caller, request));
    },
  };
  const timer = state.timers.schedule(state.nowMs + request.maxWaitMs, parked.complete);
  for (const { partition } of waits) partition.waitingFetches.add(parked);
}

/** Partitions in the order of the request; until one had data, its first batch comes whatever the limits say. */
function readAll(state: ClusterState, caller: Caller, request: FetchRequest): FetchResponse {
  let bytesLeft = request.maxBytes;
  let minOneBatch = true;
  return {
    partitions: request.partitions.map((wanted) => {
      const response = readPartition(state, caller, wanted, Math.min(bytesLeft, wanted.partitionMaxBytes), minOneBatch);
      for (const batch of response.batches) bytesLeft = Math.max(0, bytesLeft - batch.sizeInBytes);
      if (response.batches.length > 0) minOneBatch = false;
      return response;
    }),
  };
}

function readPartition(
  state: ClusterState,
  caller: Caller,
  wanted: FetchPartition,
  maxBytes: number,
  minOneBatch: boolean,
): FetchPartitionResponse {
  const found = ledPartition(state, caller, wanted.topic, wanted.partition);
  if (typeof found === 'string') return failedRead(wanted, found);
  const { log } = found.partition;
  const { fetchOffset, lastFetchedEpoch } = wanted;
  if (fetchOffset < log.logStartOffset) return failedRead(wanted, 'OFFSET_OUT_OF_RANGE');
  const divergesAt = lastFetchedEpoch === undefined ? null : log.divergesAt(fetchOffset, lastFetchedEpoch);
  if (divergesAt === null && fetchOffset > log.logEndOffset) return failedRead(wanted, 'OFFSET_OUT_OF_RANGE');
  return {
    topic: wanted.topic,
    partition: wanted.partition,
    errorCode: 'NONE',
    highWatermark: log.highWatermark,
    lastStableOffset: log.lastStableOffset,
    logStartOffset: log.logStartOffset,
    ...(divergesAt === null ? { batches: log.read(fetchOffset, maxBytes, minOneBatch) } : { batches: [], divergesAt }),
  };
}

function failedRead(wanted: FetchPartition, errorCode: BrokerErrorCode): FetchPartitionResponse {
  return {
    topic: wanted.topic,
    partition: wanted.partition,
    errorCode,
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    batches: [],
  };
}

function bytesIn(response: FetchResponse): number {
  let bytes = 0;
  for (const { batches } of response.partitions) for (const batch of batches) bytes += batch.sizeInBytes;
  return bytes;
}
