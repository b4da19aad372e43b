/**
 * Zoo entry 0: the Rust module that this project descends from, ported line by line. Its loop
 * - hands a record to the handler and goes on whatever the answer: a Skip is not retried, and the next Consume commits past it;
 * - takes an error of the handler for a silent skip;
 * - passes over a record without a payload, which no handler ever sees;
 * - never calls `transform`: handlers that need it decode for themselves.
 */
import type { Handler } from '../../src/handler.ts';
import type { KafkaRecord } from '../../src/record.ts';
import type { ConsumerListener, PartitionEpoch, TransportConsumer } from '../../src/transport.ts';
import type { VenueMember } from '../../testing/venue.ts';
import type { RunningSubject, Subject, SubjectOptions } from '../subject.ts';
import { callHandler } from './call-handler.ts';
import { consumerOptions } from './consumer-options.ts';

export const originalModule: Subject = {
  name: 'the original module',
  ordering: 'unordered',
  observes: false,
  start: (member, options) => new OriginalConsumer(member, options),
};

interface Message {
  readonly record: KafkaRecord;
  readonly epoch: number;
}

class OriginalConsumer implements RunningSubject {
  readonly started: Promise<void>;
  readonly stopped: Promise<void>;
  readonly #clock: VenueMember['clock'];
  readonly #handlers: readonly Handler[];
  readonly #consumer: TransportConsumer;
  readonly #epochs = new Map<string, number>();
  /** The stream of all partitions that its loop reads. */
  readonly #stream: Message[] = [];
  #reading = false;
  #shutDown = false;

  constructor(member: Pick<VenueMember, 'transport' | 'clock'>, options: SubjectOptions) {
    this.#clock = member.clock;
    this.#handlers = options.handlers;
    let fail: (error: unknown) => void;
    this.stopped = new Promise((_resolve, reject) => {
      fail = reject;
    });
    const listener: ConsumerListener = {
      assigned: ({ partitions }) => {
        for (const { topic, partition, epoch, committedOffset, logStartOffset, logEndOffset } of partitions) {
          this.#epochs.set(`${topic}-${partition}`, epoch);
          const reset = options.offsetReset === 'latest' ? logEndOffset : logStartOffset;
          this.#consumer.fetchFrom({ topic, partition, epoch }, committedOffset ?? reset);
        }
      },
      // The client library underneath drops what it had buffered of a partition that is taken away.
      revoked: async (partitions) => this.#forget(partitions),
      lost: (partitions) => this.#forget(partitions),
      batch: ({ epoch, records }) => {
        for (const record of records) this.#stream.push({ record, epoch });
        void this.#consume();
        return 'accepted';
      },
      outOfRange: ({ topic, partition, epoch, logEndOffset }) => this.#consumer.fetchFrom({ topic, partition, epoch }, logEndOffset),
      warning: () => {},
      failed: (error) => fail(error),
    };
    this.#consumer = member.transport.createConsumer(consumerOptions(options), listener);
    this.started = member.transport.connect({ timeoutMs: options.requestTimeoutMs }).then(() => this.#consumer.start());
  }

  async stop(): Promise<void> {
    this.#shutDown = true;
    await this.#consumer.stop();
  }

  #forget(partitions: readonly PartitionEpoch[]): void {
    for (const { topic, partition } of partitions) this.#epochs.delete(`${topic}-${partition}`);
  }

  async #consume(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    for (;;) {
      const message = this.#stream.shift();
      if (message === undefined || this.#shutDown) break;
      if (this.#isHeld(message)) await this.#process(message);
    }
    this.#reading = false;
  }

  async #process({ record, epoch }: Message): Promise<void> {
    // `let Some(payload) = message.payload() else { continue }`
    if (record.value === null) return;
    const outcome = await callHandler(this.#handlers, this.#clock, record, 1, 0);
    if (outcome === 'skip' || outcome === 'failed') return;
    if (!this.#isHeld({ record, epoch })) return;
    const { topic, partition, offset } = record;
    void this.#consumer.commit([{ topic, partition, epoch, offset: offset + 1, metadata: null }]);
  }

  #isHeld({ record, epoch }: Message): boolean {
    return this.#epochs.get(`${record.topic}-${record.partition}`) === epoch;
  }
}
