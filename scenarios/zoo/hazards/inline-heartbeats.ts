/**
 * A client that beats its heart between two records, not beside them, as kafkajs does. When one stay in the handler or in
 * a back-off is longer than the session, the group removes the member then; the client hears of it when it next beats,
 * which is when the handler has returned, and joins anew.
 */
import type { Clock, Timer } from '../../../src/clock.ts';
import { KafkaError } from '../../../src/errors.ts';
import type { ConsumerListener, PartitionEpoch, Transport, TransportConsumer, TransportConsumerOptions } from '../../../src/transport.ts';

/** Epochs of one life of the consumer underneath lie below those of the next. */
const EPOCHS_PER_LIFE = 1_000_000;

const clients = new WeakMap<Clock, BlockingClient>();

export function withInlineHeartbeats(transport: Transport, clock: Clock): Transport {
  return {
    name: transport.name,
    capabilities: transport.capabilities,
    admin: transport.admin,
    connect: (options) => transport.connect(options),
    createProducer: (options) => transport.createProducer(options),
    close: () => transport.close(),
    createConsumer: (options, listener) => {
      const client = new BlockingClient(transport, clock, options, listener);
      clients.set(clock, client);
      return client;
    },
  };
}

/** The program tells its client that it is busy: no heartbeat from here on, until it is not. */
export function blockHeartbeats(clock: Clock, busy: boolean): void {
  clients.get(clock)?.block(busy);
}

class BlockingClient implements TransportConsumer {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #options: TransportConsumerOptions;
  readonly #listener: ConsumerListener;
  #inner: TransportConsumer;
  #lives = 0;
  #stays = 0;
  #session: Timer | null = null;
  #evicted = false;
  #stopped = false;
  #held: readonly PartitionEpoch[] = [];

  constructor(transport: Transport, clock: Clock, options: TransportConsumerOptions, listener: ConsumerListener) {
    this.#transport = transport;
    this.#clock = clock;
    this.#options = options;
    this.#listener = listener;
    this.#inner = this.#createInner();
  }

  block(busy: boolean): void {
    this.#stays = Math.max(0, this.#stays + (busy ? 1 : -1));
    if (this.#stays > 0) this.#session ??= this.#clock.setTimer(this.#options.sessionTimeoutMs, () => this.#evict());
    if (this.#stays > 0) return;
    this.#session?.cancel();
    this.#session = null;
    if (this.#evicted && !this.#stopped) this.#rejoin();
  }

  start(): Promise<void> {
    return this.#inner.start();
  }

  fetchFrom(partition: PartitionEpoch, offset: number): void {
    this.#inner.fetchFrom(this.#below(partition), offset);
  }

  pause(partitions: readonly PartitionEpoch[]): void {
    this.#inner.pause(partitions.map((each) => this.#below(each)));
  }

  resume(partitions: readonly PartitionEpoch[]): void {
    this.#inner.resume(partitions.map((each) => this.#below(each)));
  }

  async commit(offsets: Parameters<TransportConsumer['commit']>[0]): ReturnType<TransportConsumer['commit']> {
    if (this.#evicted) return offsets.map((each) => ({ ...each, outcome: 'refused', code: 'UNKNOWN_MEMBER_ID', retriable: false }));
    const results = await this.#inner.commit(offsets.map((each) => ({ ...each, ...this.#below(each) })));
    return results.map((result, index) => ({ ...result, epoch: offsets[index]?.epoch ?? result.epoch }));
  }

  stop(): Promise<void> {
    this.#stopped = true;
    this.#session?.cancel();
    return this.#inner.stop();
  }

  #evict(): void {
    this.#evicted = true;
    void this.#inner.stop();
  }

  #rejoin(): void {
    this.#evicted = false;
    const cause = new KafkaError('GROUP_FENCED', 'The session ended while the handler ran', { kafkaCode: 'UNKNOWN_MEMBER_ID' });
    if (this.#held.length > 0) this.#listener.lost(this.#held, cause);
    this.#lives += 1;
    this.#inner = this.#createInner();
    this.#inner.start().catch((error: unknown) => {
      if (!this.#stopped) this.#listener.failed(error instanceof KafkaError ? error : cause);
    });
  }

  #createInner(): TransportConsumer {
    const life = this.#lives;
    const above = <Partition extends PartitionEpoch>(partition: Partition): Partition => ({
      ...partition,
      epoch: partition.epoch + life * EPOCHS_PER_LIFE,
    });
    const listener = this.#listener;
    return this.#transport.createConsumer(this.#options, {
      assigned: (assignment) => {
        const partitions = assignment.partitions.map(above);
        this.#held = partitions;
        listener.assigned({ ...assignment, partitions });
      },
      revoked: (partitions, options) => {
        this.#held = [];
        return listener.revoked(partitions.map(above), options);
      },
      lost: (partitions, cause) => {
        this.#held = [];
        listener.lost(partitions.map(above), cause);
      },
      batch: (batch) => (this.#evicted ? 'dropped' : listener.batch(above(batch))),
      outOfRange: (range) => listener.outOfRange(above(range)),
      warning: (error) => listener.warning(error),
      failed: (error) => listener.failed(error),
    });
  }

  #below({ topic, partition, epoch }: PartitionEpoch): PartitionEpoch {
    return { topic, partition, epoch: epoch - this.#lives * EPOCHS_PER_LIFE };
  }
}
