import type { Clock, Timer } from '../clock.ts';
import type { ProducerConfig } from '../config/kafka-config.ts';
import type { ErrorCode } from '../errors.ts';
import { KafkaError } from '../errors.ts';
import type { Random } from '../random.ts';
import type { TransportProducer } from '../transport.ts';
import { partitionForKey } from './murmur2.ts';
import type { PendingRecord } from './pending-record.ts';
import type { Sender } from './sender.ts';

/** Partitions may be added: so old a number is asked for anew, beside the sending (metadata.max.age.ms of Kafka's clients). */
const MOST_METADATA_AGE_MS = 300_000;
const METADATA_RETRY_DELAY_MS = 200;
/** Answers that waiting does not change. */
const DEFINITE_CODES: readonly ErrorCode[] = ['AUTHENTICATION_FAILED', 'PRODUCER_CLOSED', 'UNKNOWN_TOPIC', 'UNSUPPORTED'];

export interface TopicRouterOptions {
  readonly transport: TransportProducer;
  readonly clock: Clock;
  readonly random: Random;
  readonly config: ProducerConfig;
  readonly sender: Sender;
  /** A record that fails before it got a partition. */
  readonly onFailed: (record: PendingRecord, error: unknown) => void;
}

/** Gives each record of one topic its partition, once; holds records back until the number of partitions is known. */
export class TopicRouter {
  readonly #topic: string;
  readonly #options: TopicRouterOptions;
  /** In order of sending; bounded by the buffer's bytes. */
  #waiting: PendingRecord[] = [];
  #partitions: number | null = null;
  #askedAt = Number.NEGATIVE_INFINITY;
  #asking = false;
  #retryTimer: Timer | null = null;
  /** Where records without a key go until that batch is full or sent. */
  #sticky = -1;

  constructor(topic: string, options: TopicRouterOptions) {
    this.#topic = topic;
    this.#options = options;
  }

  route(record: PendingRecord): void {
    if (this.#partitions === null) {
      this.#waiting.push(record);
      this.#ask();
      return;
    }
    if (record.sentAt - this.#askedAt > MOST_METADATA_AGE_MS) this.#ask();
    if (this.#place(record)) return;
    // Perhaps the partition was added after we asked.
    this.#waiting.push(record);
    this.#ask();
  }

  /** Gives up what still waits. */
  close(error: unknown): void {
    this.#retryTimer?.cancel();
    this.#failWaiting(error);
  }

  /** False when the record asks for a partition that does not exist, as far as we know. */
  #place(record: PendingRecord): boolean {
    const { sender } = this.#options;
    const partition = this.#choose(record, this.#partitions as number);
    if (partition >= (this.#partitions as number)) return false;
    sender.append(sender.queueOf(this.#topic, partition), record);
    return true;
  }

  #choose(record: PendingRecord, partitions: number): number {
    if (record.askedPartition !== null) return record.askedPartition;
    if (record.record.key !== null) return partitionForKey(record.record.key, partitions);
    const { random, sender, config } = this.#options;
    // The first one by chance, or many short-lived producers would all fill partition 0.
    if (this.#sticky === -1) this.#sticky = Math.floor(random.next() * partitions);
    else if (sender.queueOf(this.#topic, this.#sticky).startsBatch(record.bytes, config.batchBytes))
      this.#sticky = (this.#sticky + 1) % partitions;
    return this.#sticky;
  }

  #ask(): void {
    if (this.#asking || this.#retryTimer !== null) return;
    this.#asking = true;
    this.#options.transport.partitionCount(this.#topic).then(
      (partitions) => this.#answered(partitions),
      (error: unknown) => this.#failed(error),
    );
  }

  #answered(partitions: number): void {
    this.#asking = false;
    this.#partitions = partitions;
    this.#askedAt = this.#options.clock.now();
    const waiting = this.#waiting;
    this.#waiting = [];
    // A failure gives room to the next in line, which must not overtake what waits here.
    const failed = waiting.filter((record) => !this.#place(record));
    for (const record of failed) this.#options.onFailed(record, this.#noPartition(record, partitions));
  }

  #failed(error: unknown): void {
    this.#asking = false;
    const { clock, config } = this.#options;
    // A topic that was made just now may have no leader yet.
    const isDefinite = error instanceof KafkaError && DEFINITE_CODES.includes(error.code) && error.kafkaCode !== 'LEADER_NOT_AVAILABLE';
    if (isDefinite) {
      this.#failWaiting(error);
      return;
    }
    const tooOld = clock.now() - config.maxBlockMs;
    const late = this.#waiting.filter((record) => record.sentAt <= tooOld);
    this.#waiting = this.#waiting.filter((record) => record.sentAt > tooOld);
    for (const record of late) this.#options.onFailed(record, this.#unreachable(error));
    if (this.#waiting.length === 0) {
      // Nobody needs the answer: ask again when it is due, not at every record.
      this.#askedAt = clock.now();
      return;
    }
    this.#retryTimer = clock.setTimer(METADATA_RETRY_DELAY_MS, () => {
      this.#retryTimer = null;
      this.#ask();
    });
  }

  #failWaiting(error: unknown): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const record of waiting) this.#options.onFailed(record, error);
  }

  #noPartition({ askedPartition }: PendingRecord, partitions: number): KafkaError {
    return new KafkaError(
      'RECORD_INVALID',
      `record for topic "${this.#topic}": partition is ${askedPartition}, expected 0 to ${partitions - 1}: the topic has ${partitions} partitions`,
      {
        details: { topic: this.#topic, maybeWritten: false },
      },
    );
  }

  #unreachable(cause: unknown): KafkaError {
    return new KafkaError(
      'PRODUCE_FAILED',
      `record for topic "${this.#topic}": the topic's partitions could not be had within ${this.#options.config.maxBlockMs} ms (producer.maxBlockMs); it was not written`,
      { cause, details: { topic: this.#topic, partition: null, attempts: 0, maybeWritten: false } },
    );
  }
}
