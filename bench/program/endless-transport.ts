/**
 * The least that can stand behind the transport contract: records that are made beforehand, handed over in batches, one
 * macrotask each; commits that are acknowledged. So a measurement on it shows the runtime and nothing else.
 */
import type { TransportAdmin } from '../../src/admin.ts';
import { KafkaError } from '../../src/errors.ts';
import type { KafkaRecord } from '../../src/record.ts';
import type { CommitResult, ConsumerListener, PartitionCommit, PartitionEpoch, Transport, TransportConsumer } from '../../src/transport.ts';

export interface EndlessOptions {
  readonly topic: string;
  readonly partitions: number;
  readonly recordsPerPartition: number;
  readonly batchRecords: number;
}

export function endlessTransport(options: EndlessOptions): Transport {
  const unused = (): never => {
    throw new KafkaError('UNSUPPORTED', 'The bench asks for nothing of the kind.');
  };
  const partitions = Array.from({ length: options.partitions }, (_, partition) => ({ partition, leader: 1 }));
  const admin: Partial<TransportAdmin> = {
    describeTopics: async () => [{ name: options.topic, topicId: null, partitions }],
    listOffsets: async (wanted) => wanted.map(({ topic, partition }) => ({ topic, partition, offset: 0 })),
    committedOffsets: async () => partitions.map(({ partition }) => ({ topic: options.topic, partition, offset: null, metadata: null })),
  };
  return {
    name: 'endless',
    capabilities: {
      rebalanceGrace: false,
      staticMembership: false,
      commitMetadata: true,
      headerFidelity: 'exact',
      transactions: false,
      serverSideAssignment: false,
    },
    admin: new Proxy(admin, { get: (target, name) => Reflect.get(target, name) ?? unused }) as TransportAdmin,
    connect: async () => {},
    createConsumer: (_, listener) => new EndlessConsumer(options, listener),
    createProducer: () => ({ partitionCount: unused, produce: unused, close: async () => {} }),
    close: async () => {},
  };
}

interface Feed {
  readonly id: PartitionEpoch;
  readonly batches: readonly (readonly KafkaRecord[])[];
  next: number;
  paused: boolean;
}

class EndlessConsumer implements TransportConsumer {
  readonly #listener: ConsumerListener;
  readonly #feeds: readonly Feed[];
  readonly #total: number;
  #stopped = false;

  constructor({ topic, partitions, recordsPerPartition, batchRecords }: EndlessOptions, listener: ConsumerListener) {
    this.#listener = listener;
    this.#total = recordsPerPartition;
    const value = new Uint8Array(100);
    this.#feeds = Array.from({ length: partitions }, (_, partition) => {
      const batches: KafkaRecord[][] = [];
      for (let first = 0; first < recordsPerPartition; first += batchRecords) {
        const size = Math.min(batchRecords, recordsPerPartition - first);
        batches.push(
          Array.from({ length: size }, (_record, index) => ({
            topic,
            partition,
            offset: first + index,
            timestamp: 0,
            key: null,
            value,
            headers: [],
          })),
        );
      }
      return { id: { topic, partition, epoch: partition + 1 }, batches, next: 0, paused: false };
    });
  }

  async start(): Promise<void> {
    const known = { logStartOffset: 0, logEndOffset: this.#total, committedOffset: 0, committedMetadata: null, topicId: null };
    this.#listener.assigned({ memberId: 'bench', generation: 1, partitions: this.#feeds.map(({ id }) => ({ ...id, ...known })) });
  }

  fetchFrom({ partition }: PartitionEpoch): void {
    this.#deliverSoon(this.#feedOf(partition));
  }

  pause(partitions: readonly PartitionEpoch[]): void {
    for (const { partition } of partitions) this.#feedOf(partition).paused = true;
  }

  resume(partitions: readonly PartitionEpoch[]): void {
    for (const { partition } of partitions) {
      const feed = this.#feedOf(partition);
      if (!feed.paused) continue;
      feed.paused = false;
      this.#deliverSoon(feed);
    }
  }

  async commit(offsets: readonly PartitionCommit[]): Promise<readonly CommitResult[]> {
    return offsets.map((offset) => ({ ...offset, outcome: 'acknowledged' }));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
  }

  #feedOf(partition: number): Feed {
    const feed = this.#feeds[partition];
    if (feed === undefined) throw new RangeError(`partition ${partition} of ${this.#feeds.length}`);
    return feed;
  }

  #deliverSoon(feed: Feed): void {
    setImmediate(() => {
      const records = feed.batches[feed.next];
      if (records === undefined || this.#stopped || feed.paused) return;
      feed.next++;
      const fetchedFrom = records[0]?.offset ?? 0;
      const nextOffset = fetchedFrom + records.length;
      const known = { logStartOffset: 0, highWatermark: this.#total, lastStableOffset: null, leaderEpochs: [] };
      this.#listener.batch({ ...feed.id, fetchedFrom, nextOffset, records, ...known });
      this.#deliverSoon(feed);
    });
  }
}
