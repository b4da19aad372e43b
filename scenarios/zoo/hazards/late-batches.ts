/**
 * A transport with a habit of kafkajs, seen on Kafka 4.2.1: each broker has a fetcher of its own, and a batch that one of
 * them has under way while the consumer rejoins is handed over afterwards as if it belonged to the new assignment. From
 * there the client goes on fetching at that batch's end.
 *
 * Each batch that follows on another is under way for `transitMs`; the first of an assignment is not. When the epoch ends
 * meanwhile and the same member is assigned the partition again, the batch arrives late, stamped with the new epoch.
 */
import type { Clock, Timer } from '../../../src/clock.ts';
import type { Assignment, ConsumerListener, PartitionEpoch, Transport, TransportBatch, TransportConsumer } from '../../../src/transport.ts';

export function withLateBatches(transport: Transport, clock: Clock, transitMs: number): Transport {
  return {
    name: transport.name,
    capabilities: transport.capabilities,
    admin: transport.admin,
    connect: (options) => transport.connect(options),
    createProducer: (options) => transport.createProducer(options),
    close: () => transport.close(),
    createConsumer: (options, listener) => {
      const late = new LateBatches(listener, clock, transitMs);
      return late.around(transport.createConsumer(options, late.listener));
    },
  };
}

interface UnderWay {
  readonly batch: TransportBatch;
  readonly timer: Timer;
}

class LateBatches {
  readonly listener: ConsumerListener;
  readonly #inner: ConsumerListener;
  readonly #clock: Clock;
  readonly #transitMs: number;
  readonly #underWay = new Map<string, UnderWay>();
  /** Batches whose epoch ended while they were under way. */
  readonly #overtaken = new Map<string, TransportBatch>();
  readonly #startedEpochs = new Map<string, number>();
  #consumer!: TransportConsumer;

  constructor(inner: ConsumerListener, clock: Clock, transitMs: number) {
    this.#inner = inner;
    this.#clock = clock;
    this.#transitMs = transitMs;
    this.listener = {
      assigned: (assignment) => this.#assigned(assignment),
      revoked: (partitions, options) => {
        this.#overtake(partitions);
        return inner.revoked(partitions, options);
      },
      lost: (partitions, cause) => {
        this.#overtake(partitions);
        inner.lost(partitions, cause);
      },
      batch: (batch) => this.#batch(batch),
      outOfRange: (range) => inner.outOfRange(range),
      warning: (error) => inner.warning(error),
      failed: (error) => inner.failed(error),
    };
  }

  around(consumer: TransportConsumer): TransportConsumer {
    this.#consumer = consumer;
    return {
      start: () => consumer.start(),
      fetchFrom: (partition, offset) => this.#fetchFrom(partition, offset),
      pause: (partitions) => consumer.pause(partitions),
      resume: (partitions) => consumer.resume(partitions),
      commit: (offsets) => consumer.commit(offsets),
      stop: () => {
        for (const { timer } of this.#underWay.values()) timer.cancel();
        return consumer.stop();
      },
    };
  }

  #assigned(assignment: Assignment): void {
    const mine = new Set(assignment.partitions.map(nameOf));
    // What was under way for a partition that went to another member is of no use to anybody.
    for (const name of this.#overtaken.keys()) if (!mine.has(name)) this.#overtaken.delete(name);
    this.#inner.assigned(assignment);
  }

  #overtake(partitions: readonly PartitionEpoch[]): void {
    for (const partition of partitions) {
      const underWay = this.#underWay.get(nameOf(partition));
      if (underWay === undefined) continue;
      underWay.timer.cancel();
      this.#underWay.delete(nameOf(partition));
      this.#overtaken.set(nameOf(partition), underWay.batch);
    }
  }

  #fetchFrom(partition: PartitionEpoch, offset: number): void {
    const overtaken = this.#overtaken.get(nameOf(partition));
    if (overtaken === undefined) {
      this.#underWay.get(nameOf(partition))?.timer.cancel();
      this.#underWay.delete(nameOf(partition));
      this.#consumer.fetchFrom(partition, offset);
      return;
    }
    this.#overtaken.delete(nameOf(partition));
    this.#clock.yield(() => {
      const answer = this.#inner.batch({ ...overtaken, epoch: partition.epoch });
      this.#startedEpochs.set(nameOf(partition), partition.epoch);
      // Dropped: the subject asks anew. Accepted: the fetcher goes on where that batch ended.
      if (answer === 'accepted') this.#consumer.fetchFrom(partition, overtaken.nextOffset);
    });
  }

  #batch(batch: TransportBatch): 'accepted' | 'dropped' {
    const name = nameOf(batch);
    if (this.#startedEpochs.get(name) !== batch.epoch) {
      this.#startedEpochs.set(name, batch.epoch);
      return this.#inner.batch(batch);
    }
    const timer = this.#clock.setTimer(this.#transitMs, () => {
      this.#underWay.delete(name);
      if (this.#inner.batch(batch) === 'accepted') this.#consumer.fetchFrom(batch, batch.nextOffset);
    });
    this.#underWay.set(name, { batch, timer });
    // The client underneath forgets it and waits for `fetchFrom`: nothing overtakes what is under way.
    return 'dropped';
  }
}

function nameOf({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}-${partition}`;
}
