import { KafkaError } from '../../src/errors.ts';
import type { KafkaRecord } from '../../src/record.ts';
import type { LeaderEpochStart, PartitionEpoch, TransportBatch, TransportConsumerOptions } from '../../src/transport.ts';
import type { FetchPartitionResponse } from '../broker/protocol-data.ts';
import type { NodeId } from '../broker/protocol.ts';
import type { RecordBatch } from '../broker/record-batch.ts';
import { placeName, RETRY_BACKOFF_MS } from './client.ts';
import type { Client } from './client.ts';

/** fetch.max.bytes of Kafka's Java client. */
const MAX_RESPONSE_BYTES = 52_428_800;

/** A partition in the epoch in which it is held. */
export interface HeldPartition extends PartitionEpoch {
  readonly topicId: string | null;
  /** What the next fetch asks for; null: nothing until `fetchFrom`. */
  offset: number | null;
  /** In which leader epoch the record was written that stands before this offset; null while nothing was fetched. */
  lastFetched: { readonly offset: number; readonly leaderEpoch: number } | null;
  paused: boolean;
  /** A batch of it is held back by a fault. */
  inTransit: boolean;
  /** A batch of this epoch was handed over. */
  hasBatch: boolean;
}

/** How long a batch is held back at most (virtual ms). */
const IN_TRANSIT_LIMIT_MS = 10_000;

interface LateBatch {
  readonly partition: HeldPartition;
  readonly fetchedFrom: number;
  readonly answer: FetchPartitionResponse;
  readonly felt: () => void;
}

export interface FetcherEvents {
  /** Those that may be fetched now; also tells whether one still is. */
  held(): Iterable<HeldPartition>;
  isHeld(partition: HeldPartition): boolean;
  batch(batch: TransportBatch): 'accepted' | 'dropped';
  /** The leader has nothing at the offset, or `writtenOverFrom` says from where on it has something else before it; `offset` is null by now. */
  outOfRange(partition: HeldPartition, fetchedFrom: number, writtenOverFrom: number | null): void;
  /** The leader does not know the partition (any more). */
  misplaced(partition: HeldPartition): void;
  warning(error: KafkaError): void;
  /** A defect: nothing more is fetched. */
  failed(error: unknown): void;
}

/** Fetches from each leader over one connection with one request in flight. */
export class Fetcher {
  readonly #client: Client;
  readonly #purpose: string;
  readonly #options: TransportConsumerOptions;
  readonly #events: FetcherEvents;
  readonly #fetching = new Set<NodeId>();
  /** Batches that a fault holds back, by place. */
  readonly #late = new Map<string, LateBatch>();
  #kicked = false;
  #turnedAt: number | null = null;
  #stopped = false;

  constructor(client: Client, purpose: string, options: TransportConsumerOptions, events: FetcherEvents) {
    this.#client = client;
    this.#purpose = `${purpose}:fetch`;
    this.#options = options;
    this.#events = events;
    // Whoever asked: a partition may have a leader now that nothing is fetched from.
    client.watchMetadata(() => this.kick());
  }

  /** When a request was last sent, or found to be needless; null before the first. */
  get turnedAt(): number | null {
    return this.#turnedAt;
  }

  /** Something can be fetched that could not be before. Collects what comes in the same turn. */
  kick(): void {
    if (this.#kicked || this.#stopped) return;
    this.#kicked = true;
    this.#client.clock.yield(() => {
      this.#kicked = false;
      this.#turnedAt = this.#client.clock.now();
      const leaders = new Set<NodeId>();
      for (const partition of this.#events.held()) {
        if (partition.offset !== null && this.#late.size > 0) this.#takeLate(partition);
        const leader = isFetchable(partition) ? this.#client.leaderOf(partition) : undefined;
        if (leader !== undefined) leaders.add(leader);
        else if (isFetchable(partition)) this.#events.misplaced(partition);
      }
      for (const leader of leaders)
        if (!this.#fetching.has(leader)) this.#fetchWhileAny(leader).catch((error: unknown) => this.#events.failed(error));
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#client.closePurpose(this.#purpose);
  }

  /** Ends when nothing of this leader may be fetched; the next kick starts it again. */
  async #fetchWhileAny(leader: NodeId): Promise<void> {
    this.#fetching.add(leader);
    try {
      while (!this.#stopped) {
        const partitions = [...this.#events.held()].filter((each) => isFetchable(each) && this.#client.leaderOf(each) === leader);
        if (partitions.length === 0) return;
        this.#turnedAt = this.#client.clock.now();
        await this.#fetch(leader, partitions);
      }
    } finally {
      this.#fetching.delete(leader);
    }
  }

  async #fetch(leader: NodeId, partitions: readonly HeldPartition[]): Promise<void> {
    const { maxWaitTimeMs, maxBytesPerPartition, isolationLevel, requestTimeoutMs } = this.#options;
    // The epoch that a batch is delivered in is the one in which it was asked for: these very objects.
    const asked = partitions.map((partition) => ({ partition, fetchOffset: partition.offset as number }));
    const request = {
      api: 'Fetch' as const,
      maxWaitMs: maxWaitTimeMs,
      minBytes: 1,
      maxBytes: MAX_RESPONSE_BYTES,
      isolationLevel,
      partitions: asked.map(({ partition: { topic, partition, lastFetched }, fetchOffset }) => ({
        topic,
        partition,
        fetchOffset,
        ...(lastFetched?.offset === fetchOffset ? { lastFetchedEpoch: lastFetched.leaderEpoch } : {}),
        partitionMaxBytes: maxBytesPerPartition,
      })),
    };
    try {
      const response = await this.#client.request(this.#purpose, leader, request, maxWaitTimeMs + requestTimeoutMs);
      let mustBackOff = false;
      for (let index = 0; index < asked.length; index += 1) {
        const { partition, fetchOffset } = asked[index] as (typeof asked)[number];
        const answer = response.partitions[index];
        // Rejoined, or told to fetch from elsewhere, while this was on its way.
        if (answer === undefined || this.#stopped || !this.#events.isHeld(partition) || partition.offset !== fetchOffset) continue;
        mustBackOff = this.#take(partition, fetchOffset, answer) || mustBackOff;
      }
      if (mustBackOff) await this.#client.sleep(RETRY_BACKOFF_MS);
    } catch (error) {
      if (this.#stopped) return;
      if (!(error instanceof KafkaError)) throw error;
      this.#events.warning(error);
      // Its partitions may have got another leader meanwhile.
      for (const partition of partitions) this.#events.misplaced(partition);
      await this.#client.sleep(RETRY_BACKOFF_MS);
    }
  }

  /** A fault: the batch is in transit until its assignment is over, and then taken for one of the next, as kafkajs does. */
  #holdBack(partition: HeldPartition, fetchedFrom: number, answer: FetchPartitionResponse): boolean {
    // Only one that follows on another can be taken for what it is not.
    if (!partition.hasBatch) return false;
    const felt = this.#client.holdsBatchBack(partition);
    if (felt === null) return false;
    partition.inTransit = true;
    this.#late.set(placeName(partition), { partition, fetchedFrom, answer, felt });
    this.#client.clock.setTimer(IN_TRANSIT_LIMIT_MS, () => {
      if (this.#late.get(placeName(partition))?.partition !== partition) return;
      this.#late.delete(placeName(partition));
      partition.inTransit = false;
      // Nothing has happened meanwhile: it is what it should be.
      if (this.#events.isHeld(partition) && partition.offset === fetchedFrom) this.#take(partition, fetchedFrom, answer);
      this.kick();
    });
    return true;
  }

  /** The partition has a new assignment, and a batch of the old one comes first. */
  #takeLate(partition: HeldPartition): void {
    const late = this.#late.get(placeName(partition));
    if (late === undefined || late.partition === partition) return;
    this.#late.delete(placeName(partition));
    const last = late.answer.batches.at(-1);
    if (last === undefined) return;
    late.felt();
    const verdict = this.#events.batch(batchOf(partition, late.fetchedFrom, late.answer, last));
    // That client goes on where the late batch ended; what is fetched meanwhile is not asked for any more.
    partition.offset = verdict === 'accepted' ? last.lastOffset + 1 : null;
  }

  /** True: an error that may pass, so not at once again. */
  #take(partition: HeldPartition, fetchedFrom: number, answer: FetchPartitionResponse): boolean {
    if (answer.errorCode === 'OFFSET_OUT_OF_RANGE' || answer.divergesAt !== undefined) {
      partition.offset = null;
      partition.lastFetched = null; // whoever goes on from here has been told
      this.#events.outOfRange(partition, fetchedFrom, answer.divergesAt === undefined ? null : Math.min(answer.divergesAt, fetchedFrom));
      return false;
    }
    if (answer.errorCode !== 'NONE') {
      const message = `Fetch of ${placeName(partition)} at offset ${fetchedFrom}: ${answer.errorCode}`;
      this.#events.warning(new KafkaError('CONSUMER_FAILED', message, { kafkaCode: answer.errorCode }));
      this.#events.misplaced(partition);
      return true;
    }
    const last = answer.batches.at(-1);
    if (last === undefined || this.#holdBack(partition, fetchedFrom, answer)) return false;
    const nextOffset = last.lastOffset + 1;
    partition.hasBatch = true;
    const verdict = this.#events.batch(batchOf(partition, fetchedFrom, answer, last));
    // Unless the listener itself said where to go on.
    if (partition.offset === fetchedFrom) partition.offset = verdict === 'accepted' ? nextOffset : null;
    if (verdict === 'accepted') partition.lastFetched = { offset: nextOffset, leaderEpoch: last.partitionLeaderEpoch };
    return false;
  }
}

function batchOf(partition: HeldPartition, fetchedFrom: number, answer: FetchPartitionResponse, last: RecordBatch): TransportBatch {
  return {
    topic: partition.topic,
    partition: partition.partition,
    epoch: partition.epoch,
    fetchedFrom,
    nextOffset: last.lastOffset + 1,
    records: recordsFrom(answer.batches, fetchedFrom),
    logStartOffset: answer.logStartOffset,
    highWatermark: answer.highWatermark,
    lastStableOffset: answer.lastStableOffset,
    leaderEpochs: leaderEpochsOf(answer.batches, fetchedFrom),
  };
}

function leaderEpochsOf(batches: readonly RecordBatch[], fetchedFrom: number): readonly LeaderEpochStart[] {
  const starts: LeaderEpochStart[] = [];
  for (const { baseOffset, partitionLeaderEpoch } of batches) {
    if (starts.at(-1)?.leaderEpoch === partitionLeaderEpoch) continue;
    starts.push({ from: starts.length === 0 ? fetchedFrom : baseOffset, leaderEpoch: partitionLeaderEpoch });
  }
  return starts;
}

function isFetchable(partition: HeldPartition): boolean {
  return partition.offset !== null && !partition.paused && !partition.inTransit;
}

/** Batches come whole: what lies below the fetch offset is dropped here. One untouched batch is handed over as it is. */
function recordsFrom(batches: readonly RecordBatch[], fetchedFrom: number): readonly KafkaRecord[] {
  const first = batches[0] as RecordBatch;
  const firstRecords = first.baseOffset >= fetchedFrom ? first.records : first.records.filter(({ offset }) => offset >= fetchedFrom);
  if (batches.length === 1) return firstRecords;
  const records = firstRecords.slice();
  for (let index = 1; index < batches.length; index += 1) for (const record of batches[index]?.records ?? []) records.push(record);
  return records;
}
