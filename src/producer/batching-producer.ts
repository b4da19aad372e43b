import type { Clock } from '../clock.ts';
import type { ProducerConfig } from '../config/kafka-config.ts';
import { Deadline } from '../deadline.ts';
import { KafkaError } from '../errors.ts';
import type { Random } from '../random.ts';
import type { TransportProducer } from '../transport.ts';
import { encodeRecord, withJsonValue } from './encode-record.ts';
import type { EncodedRecord } from './encode-record.ts';
import { FlushGroups } from './flush-groups.ts';
import { MemoryGate } from './memory-gate.ts';
import type { PendingRecord } from './pending-record.ts';
import type { JsonProducerRecord, ProducerRecord, RecordMetadata, RecordProducer } from './record-producer.ts';
import { Sender } from './sender.ts';
import { TopicRouter } from './topic-router.ts';

/** What a producer works with. */
export interface BatchingProducerOptions {
  /** Closed by `close`. */
  readonly transport: TransportProducer;
  readonly clock: Clock;
  readonly random: Random;
  readonly config: ProducerConfig;
}

/**
 * The producer: concurrent sends travel together, one batch per partition at a time, so that order within a partition is
 * kept across retries. At least once: when an answer was lost the records are sent again, and may then be in the log twice.
 * A record's promise settles at most its delivery time-out and one request time-out after `send`.
 */
export class BatchingProducer implements RecordProducer {
  readonly #options: BatchingProducerOptions;
  readonly #groups = new FlushGroups();
  readonly #gate: MemoryGate;
  readonly #sender: Sender;
  readonly #routers = new Map<string, TopicRouter>();
  #closing: Promise<void> | null = null;
  #closeDeadline: Deadline | null = null;

  constructor(options: BatchingProducerOptions) {
    const { transport, clock, random, config } = options;
    this.#options = options;
    this.#sender = new Sender({
      transport,
      clock,
      random,
      config,
      isUrgent: () => this.#groups.flushing || this.#gate.crowded,
      onSettled: ({ pending, bytes }) => {
        for (const { group } of pending) this.#groups.leave(group);
        this.#gate.leave(bytes);
      },
    });
    this.#gate = new MemoryGate({
      clock,
      maxBufferedBytes: config.maxBufferedBytes,
      maxBlockMs: config.maxBlockMs,
      onFull: () => this.#sender.drainSoon(),
    });
  }

  send(topic: string, record: ProducerRecord): Promise<RecordMetadata> {
    if (this.#closing !== null) return Promise.reject(closedError());
    const sentAt = this.#options.clock.now();
    let encoded: EncodedRecord;
    try {
      encoded = encodeRecord(topic, record, sentAt);
    } catch (error) {
      return Promise.reject(error as KafkaError);
    }
    const askedPartition = record.partition ?? null;
    return new Promise((resolve, reject) => {
      const group = this.#groups.enter();
      this.#enter({ topic, askedPartition, record: encoded.record, bytes: encoded.bytes, sentAt, group, resolve, reject });
    });
  }

  /** The value travels as JSON text; null as the text `null`. A tombstone is sent by `send`. */
  sendJson(topic: string, record: JsonProducerRecord): Promise<RecordMetadata> {
    try {
      return this.send(topic, withJsonValue(topic, record));
    } catch (error) {
      return Promise.reject(error as KafkaError);
    }
  }

  flush(): Promise<void> {
    const flushed = this.#groups.flush();
    this.#sender.drainSoon();
    return flushed;
  }

  /**
   * Takes no more records, waits up to `timeoutMs` until all are settled, fails the rest with PRODUCE_FAILED, and closes
   * the transport's producer. A second call may only shorten the time. Rejects only when the transport cannot close; what became of a record its own
   * promise tells.
   */
  close(options: { readonly timeoutMs: number }): Promise<void> {
    this.#closeDeadline?.shortenTo(options.timeoutMs);
    this.#closing ??= this.#close(options.timeoutMs);
    return this.#closing;
  }

  async #close(timeoutMs: number): Promise<void> {
    const { clock, transport } = this.#options;
    const startedAt = clock.now();
    const deadline = (this.#closeDeadline = new Deadline(clock, timeoutMs));
    await deadline.reachedBy(this.flush());
    deadline.cancel();
    const why = `the producer was closed, and ${clock.now() - startedAt} ms were not enough to send it`;
    const error = new KafkaError('PRODUCE_FAILED', `${why}; it was not written`, { details: { maybeWritten: false } });
    this.#gate.refuseAll(error);
    for (const router of this.#routers.values()) router.close(error);
    this.#sender.close(why);
    await transport.close();
  }

  #enter(record: PendingRecord): void {
    const refuse = (error: unknown): void => {
      this.#groups.leave(record.group);
      record.reject(error);
    };
    this.#gate.enter(record.bytes, () => this.#routerOf(record.topic).route(record), refuse);
  }

  #routerOf(topic: string): TopicRouter {
    let router = this.#routers.get(topic);
    if (router !== undefined) return router;
    const onFailed = (record: PendingRecord, error: unknown): void => {
      record.reject(error);
      this.#groups.leave(record.group);
      this.#gate.leave(record.bytes);
    };
    router = new TopicRouter(topic, { ...this.#options, sender: this.#sender, onFailed });
    this.#routers.set(topic, router);
    return router;
  }
}

function closedError(): KafkaError {
  return new KafkaError('PRODUCER_CLOSED', 'the producer is closed: it takes no more records; this one was not written', {
    details: { maybeWritten: false },
  });
}
