import type { Clock } from '../../clock.ts';
import { KafkaError } from '../../errors.ts';
import type { ConsumerListener, TransportBatch, TransportConsumerOptions } from '../../transport.ts';
import type { HeldPartition, HeldPartitions } from './held-partitions.ts';
import { toEpoch } from './held-partitions.ts';
import type { Broker, TopicPartitions } from './kafkajs-internals.ts';
import { wait, within } from './wait.ts';
import type { DecodedRecords } from './wire/decode-records.ts';
import { decodeRecords } from './wire/decode-records.ts';
import { kafkaErrorCode } from './wire/error-codes.ts';
import type { FetchedPartition } from './wire/fetch.ts';
import { fetchRequest } from './wire/fetch.ts';
import { sendRequest } from './wire/send-request.ts';

/** What the fetcher hands on. */
export interface FetcherHost {
  readonly clock: Clock;
  readonly options: TransportConsumerOptions;
  readonly checkCrcs: boolean;
  readonly held: HeldPartitions;
  readonly listener: ConsumerListener;
  /** The leader has nothing at `fetchedFrom`; delivery has stopped. */
  /** `writtenOverFrom`: see `ConsumerListener`; null where the log begins or ends elsewhere. */
  outOfRange(held: HeldPartition, fetchedFrom: number, writtenOverFrom: number | null): void;
  /** The broker does not lead or know these now: look at the metadata. */
  staleMetadata(partitions: readonly HeldPartition[], kafkaCode: string): Promise<void>;
  /** The request as a whole failed. */
  brokerFailed(broker: Broker, error: unknown): Promise<void>;
  warn(error: KafkaError): void;
  fail(error: KafkaError): void;
}

const FETCH_API = 1;
/** Of one answer, all partitions together; one batch that is larger comes all the same. */
const MAX_BYTES = 10_485_760;
const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 1_000;
/** A batch that was damaged on its way comes whole with the next answer; one that is damaged in the broker's log does not. */
const REFETCHES = 5;
const STALE_METADATA: ReadonlySet<string> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'REPLICA_NOT_AVAILABLE',
  'KAFKA_STORAGE_ERROR',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'OFFSET_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_ID',
  'INCONSISTENT_TOPIC_ID',
]);
const FATAL: ReadonlySet<string> = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'UNSUPPORTED_VERSION',
  'UNSUPPORTED_COMPRESSION_TYPE',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
]);

interface Node {
  inFlight: Promise<void> | null;
  turn: number;
  backoffMs: number;
}

/**
 * Fetches from each leader, one request at a time per broker. Positions and pauses are ours (`HeldPartition`), read when a
 * request is made; an answer counts only if the partition is still in that epoch and at that position, so an answer to an
 * old assignment can never enter a new one.
 */
export class Fetcher {
  readonly #host: FetcherHost;
  readonly #nodes = new Map<string, Node>();
  #wakers = new Set<() => void>();
  #closed = false;
  #turnedAt: number | null = null;

  constructor(host: FetcherHost) {
    this.#host = host;
  }

  /** When a request was last sent, answered, or found to be needless; null before the first. */
  get turnedAt(): number | null {
    return this.#turnedAt;
  }

  /** Fetches what this broker leads, or waits for something to fetch; comes back within a heartbeat interval either way. */
  async poll(broker: Broker, led: readonly TopicPartitions<{ readonly partition: number }>[]): Promise<void> {
    const { clock, options } = this.#host;
    const node = this.#node(broker);
    if (node.inFlight === null && !this.#closed) {
      this.#turnedAt = clock.now();
      const wanted = this.#wanted(node, led);
      if (wanted.length > 0) {
        node.inFlight = this.#fetch(broker, node, wanted).finally(() => {
          node.inFlight = null;
          this.#turnedAt = clock.now();
        });
      }
    }
    if (this.#closed) return;
    const woken = Promise.withResolvers<void>();
    this.#wakers.add(woken.resolve);
    const settled = node.inFlight === null ? woken.promise : Promise.race([node.inFlight, woken.promise]);
    await within(
      clock,
      Math.min(options.heartbeatIntervalMs, node.inFlight === null ? options.maxWaitTimeMs : Infinity),
      settled,
      undefined,
    );
    this.#wakers.delete(woken.resolve);
  }

  /** Ends every poll at once: something can be fetched now, or the group calls. */
  wake(): void {
    const wakers = this.#wakers;
    this.#wakers = new Set();
    for (const waker of wakers) waker();
  }

  close(): void {
    this.#closed = true;
    this.wake();
  }

  #node(broker: Broker): Node {
    const id = String(broker.nodeId);
    const known = this.#nodes.get(id);
    if (known !== undefined) return known;
    const node: Node = { inFlight: null, turn: 0, backoffMs: FIRST_BACKOFF_MS };
    this.#nodes.set(id, node);
    return node;
  }

  /** In turn, so that a full answer does not starve the partitions at its end. */
  #wanted(node: Node, led: readonly TopicPartitions<{ readonly partition: number }>[]): (HeldPartition & { position: number })[] {
    const wanted: (HeldPartition & { position: number })[] = [];
    for (const { topic, partitions } of led) {
      for (const { partition } of partitions) {
        const held = this.#host.held.get(topic, partition);
        if (held !== undefined && held.position !== null && !held.paused) wanted.push(held as HeldPartition & { position: number });
      }
    }
    node.turn += 1;
    const first = wanted.length === 0 ? 0 : node.turn % wanted.length;
    return [...wanted.slice(first), ...wanted.slice(0, first)];
  }

  async #fetch(broker: Broker, node: Node, wanted: readonly (HeldPartition & { position: number })[]): Promise<void> {
    const { options, clock } = this.#host;
    const asked = wanted.map((held) => ({
      held,
      topic: held.topic,
      topicId: held.topicId,
      partition: held.partition,
      fetchOffset: held.position,
      lastFetchedEpoch: held.lastFetched?.position === held.position ? held.lastFetched.leaderEpoch : null,
    }));
    let failed: boolean;
    try {
      const request = fetchRequest(asked, {
        maxWaitTimeMs: options.maxWaitTimeMs,
        maxBytes: MAX_BYTES,
        maxBytesPerPartition: options.maxBytesPerPartition,
        readCommitted: options.isolationLevel === 'read_committed',
        brokerVersion: broker.versions?.[FETCH_API]?.maxVersion ?? 0,
      });
      const response = await sendRequest(broker, request, options.requestTimeoutMs + options.maxWaitTimeMs);
      if (this.#closed) return;
      const whole = kafkaErrorCode(response.errorCode);
      if (whole !== null)
        throw new KafkaError('PROTOCOL', `A broker refused to be fetched from: ${whole.name}.`, { kafkaCode: whole.name });
      const answers = new Map(asked.map((one) => [`${one.topic}/${one.partition}`, one]));
      failed = await this.#take(response.partitions.map((answer) => ({ answer, one: answers.get(`${answer.topic}/${answer.partition}`) })));
    } catch (error) {
      if (this.#closed) return;
      if (error instanceof KafkaError && error.kafkaCode === null) {
        this.#host.fail(error);
        return;
      }
      await this.#host.brokerFailed(broker, error);
      failed = true;
    }
    if (!failed) {
      node.backoffMs = FIRST_BACKOFF_MS;
      return;
    }
    await wait(clock, node.backoffMs);
    node.backoffMs = Math.min(node.backoffMs * 2, MAX_BACKOFF_MS);
  }

  /** Whether something was refused. */
  async #take(
    answers: readonly {
      readonly answer: FetchedPartition;
      readonly one: { readonly held: HeldPartition; readonly fetchOffset: number } | undefined;
    }[],
  ): Promise<boolean> {
    const stale: HeldPartition[] = [];
    let staleCode = '';
    let failed = false;
    for (const { answer, one } of answers) {
      if (this.#closed) return false;
      // The epoch is over, or the runtime moved the position meanwhile: not for us.
      if (one === undefined || this.#host.held.current(one.held) !== one.held || one.held.position !== one.fetchOffset) continue;
      const error = kafkaErrorCode(answer.errorCode);
      if (error === null && answer.divergesAt !== null) {
        // Whoever goes on from here has been told.
        one.held.lastFetched = null;
        // Else the log may have all of it, and a compaction removed the last of that epoch. As in the Java client, it counts as the same;
        // records of an older epoch would tell.
        if (answer.divergesAt >= one.fetchOffset) continue;
        one.held.position = null;
        this.#host.outOfRange(one.held, one.fetchOffset, answer.divergesAt);
        continue;
      }
      if (error === null) {
        if (!this.#deliver(one.held, one.fetchOffset, answer)) failed = true;
        continue;
      }
      if (error.name === 'OFFSET_OUT_OF_RANGE') {
        one.held.position = null;
        one.held.lastFetched = null; // a log that knows of no leader epochs says the same
        this.#host.outOfRange(one.held, one.fetchOffset, null);
        continue;
      }
      failed = true;
      if (STALE_METADATA.has(error.name)) {
        stale.push(one.held);
        staleCode = error.name;
        continue;
      }
      const report = new KafkaError(
        'PROTOCOL',
        `The leader of ${answer.topic}/${answer.partition} refused to be fetched from: ${error.name}.`,
        { kafkaCode: error.name },
      );
      if (FATAL.has(error.name)) this.#host.fail(report);
      else this.#host.warn(report);
    }
    if (stale.length > 0) await this.#host.staleMetadata(stale, staleCode);
    return failed;
  }

  /** False when the answer was damaged: its partition is fetched from there again, `REFETCHES` times. */
  #deliver(held: HeldPartition, fetchedFrom: number, answer: FetchedPartition): boolean {
    if (answer.records === null || answer.records.length === 0) return true;
    const decoded = this.#decode(held, fetchedFrom, answer.records, answer);
    if (decoded === null) return false;
    const { records, nextOffset, leaderEpochs } = decoded;
    if (nextOffset === fetchedFrom) return true;
    held.position = null;
    const taken = this.#hand({
      ...toEpoch(held),
      fetchedFrom,
      nextOffset,
      records,
      logStartOffset: known(answer.logStartOffset),
      highWatermark: known(answer.highWatermark),
      lastStableOffset: known(answer.lastStableOffset),
      leaderEpochs,
    });
    // A `fetchFrom` inside of `batch` has set the position by now; it stays.
    if (taken === 'accepted') {
      held.position ??= nextOffset;
      const leaderEpoch = leaderEpochs.at(-1)?.leaderEpoch ?? -1;
      held.lastFetched = leaderEpoch < 0 ? null : { position: nextOffset, leaderEpoch };
    }
    return true;
  }

  #decode(held: HeldPartition, fetchedFrom: number, bytes: Buffer, { abortedTransactions }: FetchedPartition): DecodedRecords | null {
    const { topic, partition } = held;
    try {
      const decoded = decodeRecords(bytes, { topic, partition, fetchedFrom, abortedTransactions, checkCrcs: this.#host.checkCrcs });
      held.damagedAnswers = 0;
      return decoded;
    } catch (error) {
      if (!(error instanceof KafkaError) || error.code !== 'CORRUPT_BATCH') throw error;
      held.damagedAnswers += 1;
      if (held.damagedAnswers <= REFETCHES) this.#host.warn(error);
      else
        this.#host.fail(
          new KafkaError(
            'CORRUPT_BATCH',
            `${error.message} It came so ${held.damagedAnswers} times in a row: likely the broker's log is damaged. No record of it was delivered or passed over.`,
            { cause: error, details: error.details },
          ),
        );
      return null;
    }
  }

  /** A listener that throws has broken the contract, and what it did with the batch is unknown: the consumer ends. */
  #hand(batch: TransportBatch): 'accepted' | 'dropped' {
    try {
      return this.#host.listener.batch(batch);
    } catch (cause) {
      this.#host.fail(
        new KafkaError(
          'CONSUMER_FAILED',
          `The consumer listener threw on a batch of ${batch.topic}/${batch.partition} from offset ${batch.fetchedFrom}.`,
          { cause },
        ),
      );
      return 'dropped';
    }
  }
}

function known(offset: number): number | null {
  return offset < 0 ? null : offset;
}
