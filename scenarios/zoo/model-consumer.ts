/**
 * A small honest consumer on the bare contract: what a careful programmer writes in an afternoon. Records of a partition
 * are handled one at a time; one that is skipped or fails waits for its back-off while later ones go on (it promises no
 * order). It keeps books of open records, commits the lowest of them, accepts only contiguous batches, and forgets
 * everything with the epoch. Most entries of the zoo are this consumer with one of those habits broken.
 */
import type { KafkaError } from '../../src/errors.ts';
import type { Handler } from '../../src/handler.ts';
import type { KafkaRecord } from '../../src/record.ts';
import type { AssignedPartition, ConsumerListener, PartitionEpoch, TransportBatch, TransportConsumer } from '../../src/transport.ts';
import type { VenueMember } from '../../testing/venue.ts';
import type { RunningSubject, Subject, SubjectOptions } from '../subject.ts';
import { callHandler } from './call-handler.ts';

/** The habits that an entry of the zoo may break. */
export interface Habits {
  /** Which batches are taken over. */
  readonly accepts: (partition: ModelPartition, batch: TransportBatch) => boolean;
  /** What to commit once the record at `done` was consumed or rejected; null for nothing. */
  readonly committable: (partition: ModelPartition, done: number) => number | null;
}

export interface ModelPartition extends PartitionEpoch {
  /** From where the next batch must have been fetched. */
  position: number;
  /** Delivered or queued in this epoch, and not done. */
  readonly open: Set<number>;
}

export const GOOD_HABITS: Habits = {
  accepts: (partition, batch) => batch.fetchedFrom === partition.position,
  committable: (partition) => lowestOpen(partition) ?? partition.position,
};

export function lowestOpen(partition: ModelPartition): number | null {
  return partition.open.size === 0 ? null : Math.min(...partition.open);
}

export function modelSubject(name: string, habits: Partial<Habits>): Subject {
  const all: Habits = { ...GOOD_HABITS, ...habits };
  return {
    name,
    ordering: 'unordered',
    observes: false,
    start: (member, options) => new ModelConsumer(member, options, all),
  };
}

const RETRY_BACKOFF_MS = 50;

interface Delivery {
  readonly record: KafkaRecord;
  attempt: number;
  failures: number;
}

interface HeldPartition extends ModelPartition {
  readonly partitionName: string;
  /** What waits for the handler. Bounded by what the plan produces; a consumer for production would pause. */
  readonly queue: Delivery[];
  over: boolean;
  handling: boolean;
  committing: boolean;
  /** The highest offset that was sent or is due. */
  committed: number;
  due: number;
}

class ModelConsumer implements RunningSubject {
  readonly started: Promise<void>;
  readonly stopped: Promise<void>;
  readonly #clock: VenueMember['clock'];
  readonly #handlers: readonly Handler[];
  readonly #reset: 'earliest' | 'latest';
  readonly #habits: Habits;
  readonly #partitions = new Map<string, HeldPartition>();
  /** The last call for each partition, in whatever epoch. */
  readonly #calls = new Map<string, Promise<unknown>>();
  readonly #consumer: TransportConsumer;
  #fail!: (error: KafkaError) => void;

  constructor(member: Pick<VenueMember, 'transport' | 'clock'>, options: SubjectOptions, habits: Habits) {
    this.#clock = member.clock;
    this.#handlers = options.handlers;
    this.#reset = options.offsetReset;
    this.#habits = habits;
    this.stopped = new Promise((_resolve, reject) => {
      this.#fail = reject;
    });
    this.#consumer = member.transport.createConsumer(consumerOptions(options), this.#listener());
    this.started = member.transport.connect({ timeoutMs: options.requestTimeoutMs }).then(() => this.#consumer.start());
  }

  async stop(): Promise<void> {
    for (const partition of this.#partitions.values()) partition.over = true;
    await this.#consumer.stop();
  }

  #listener(): ConsumerListener {
    return {
      assigned: ({ partitions }) => {
        for (const assigned of partitions) this.#assign(assigned);
      },
      revoked: async (partitions) => {
        await Promise.all(partitions.map((partition) => this.#forget(partition)));
      },
      lost: (partitions) => {
        for (const partition of partitions) void this.#forget(partition);
      },
      batch: (batch) => this.#take(batch),
      outOfRange: ({ topic, partition, epoch, logStartOffset }) => this.#consumer.fetchFrom({ topic, partition, epoch }, logStartOffset),
      warning: () => {},
      failed: (error) => this.#fail(error),
    };
  }

  #assign(assigned: AssignedPartition): void {
    const { topic, partition, epoch, committedOffset, logStartOffset, logEndOffset } = assigned;
    const start = committedOffset ?? (this.#reset === 'latest' ? logEndOffset : logStartOffset);
    const held: HeldPartition = {
      partitionName: `${topic}-${partition}`,
      topic,
      partition,
      epoch,
      position: start,
      open: new Set(),
      queue: [],
      over: false,
      handling: false,
      committing: false,
      committed: start,
      due: start,
    };
    this.#partitions.set(held.partitionName, held);
    this.#consumer.fetchFrom({ topic, partition, epoch }, start);
  }

  async #forget({ topic, partition, epoch }: PartitionEpoch): Promise<void> {
    const held = this.#partitions.get(`${topic}-${partition}`);
    if (held === undefined || held.epoch !== epoch) return;
    held.over = true;
    this.#partitions.delete(`${topic}-${partition}`);
  }

  #take(batch: TransportBatch): 'accepted' | 'dropped' {
    const held = this.#partitions.get(`${batch.topic}-${batch.partition}`);
    if (held === undefined || held.epoch !== batch.epoch || held.over) return 'dropped';
    if (!this.#habits.accepts(held, batch)) {
      this.#clock.yield(() => {
        if (!held.over) this.#consumer.fetchFrom({ topic: held.topic, partition: held.partition, epoch: held.epoch }, held.position);
      });
      return 'dropped';
    }
    held.position = batch.nextOffset;
    for (const record of batch.records) {
      held.open.add(record.offset);
      held.queue.push({ record, attempt: 0, failures: 0 });
    }
    void this.#handleAll(held);
    return 'accepted';
  }

  async #handleAll(held: HeldPartition): Promise<void> {
    if (held.handling) return;
    held.handling = true;
    for (;;) {
      const delivery = held.queue.shift();
      if (delivery === undefined || held.over) break;
      // A call of an earlier assignment may still run: two at once on one partition would overlap.
      await this.#calls.get(held.partitionName);
      if (held.over) break;
      delivery.attempt += 1;
      const call = callHandler(this.#handlers, this.#clock, delivery.record, delivery.attempt, delivery.failures);
      this.#calls.set(held.partitionName, call);
      const outcome = await call;
      // An answer of an assignment that is over is dropped: a duplicate beats a loss.
      if (held.over) break;
      if (outcome === 'consume' || outcome === 'reject') this.#done(held, delivery.record.offset);
      else this.#retryLater(held, delivery, outcome === 'failed');
    }
    held.handling = false;
  }

  #retryLater(held: HeldPartition, delivery: Delivery, failed: boolean): void {
    if (failed) delivery.failures += 1;
    this.#clock.setTimer(RETRY_BACKOFF_MS, () => {
      if (held.over) return;
      held.queue.push(delivery);
      void this.#handleAll(held);
    });
  }

  #done(held: HeldPartition, offset: number): void {
    held.open.delete(offset);
    const committable = this.#habits.committable(held, offset);
    if (committable === null || committable <= held.due) return;
    held.due = committable;
    void this.#commit(held);
  }

  async #commit(held: HeldPartition): Promise<void> {
    if (held.committing) return;
    held.committing = true;
    while (held.due > held.committed && !held.over) {
      const { topic, partition, epoch, due: offset } = held;
      const [result] = await this.#consumer.commit([{ topic, partition, epoch, offset, metadata: null }]);
      if (result?.outcome === 'acknowledged') held.committed = offset;
      // Neither a refusal nor silence is forgotten: the same or a higher offset follows while the epoch lasts.
      else await new Promise<void>((resolve) => void this.#clock.setTimer(RETRY_BACKOFF_MS, resolve));
    }
    held.committing = false;
  }
}

/** What a consumer of the zoo asks of its transport. */
export function consumerOptions(options: SubjectOptions): Parameters<VenueMember['transport']['createConsumer']>[0] {
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
