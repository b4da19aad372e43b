import type { KafkaError } from '../../src/errors.ts';
import type {
  Assignment,
  CommitResult,
  ConsumerListener,
  OffsetRange,
  PartitionEpoch,
  ProduceRecord,
  TransportBatch,
  TransportConsumer,
  TransportConsumerOptions,
} from '../../src/transport.ts';
import type { VenueMember } from '../../testing/venue.ts';
import { MemoryVenue } from '../../testing/memory/memory-venue.ts';
import type { MemoryVenueOptions } from '../../testing/memory/memory-venue.ts';

/** A consumer of the memory transport with a listener that writes everything down, and no runtime above it. */
export class RecordingConsumer implements ConsumerListener {
  readonly member: VenueMember;
  readonly consumer: TransportConsumer;
  readonly events: string[] = [];
  readonly assignments: Assignment[] = [];
  readonly batches: TransportBatch[] = [];
  readonly ranges: (OffsetRange & { readonly fetchedFrom: number })[] = [];
  readonly failures: KafkaError[] = [];
  /** Partitions held now, by `topic/partition`. */
  readonly held: Map<string, PartitionEpoch> = new Map();
  /** Called inside `revoked`. */
  onRevoked: (partitions: readonly PartitionEpoch[]) => Promise<void> = async () => {};
  verdict: 'accepted' | 'dropped' = 'accepted';
  /** Fetch what is assigned, from the committed offset or the log start. */
  fetches = true;

  constructor(member: VenueMember, options: Partial<TransportConsumerOptions> = {}) {
    this.member = member;
    this.consumer = member.transport.createConsumer({ ...DEFAULTS, ...options }, this);
  }

  assigned(assignment: Assignment): void {
    this.events.push(`assigned ${names(assignment.partitions)}`);
    this.assignments.push(assignment);
    for (const partition of assignment.partitions) {
      this.held.set(`${partition.topic}/${partition.partition}`, partition);
      if (this.fetches) this.consumer.fetchFrom(partition, partition.committedOffset ?? partition.logStartOffset);
    }
  }

  async revoked(partitions: readonly PartitionEpoch[]): Promise<void> {
    this.events.push(`revoked ${names(partitions)}`);
    await this.onRevoked(partitions);
    this.held.clear();
  }

  lost(partitions: readonly PartitionEpoch[], cause: KafkaError): void {
    this.events.push(`lost ${names(partitions)} ${cause.kafkaCode}`);
    for (const { topic, partition } of partitions) this.held.delete(`${topic}/${partition}`);
  }

  batch(batch: TransportBatch): 'accepted' | 'dropped' {
    this.batches.push(batch);
    return this.verdict;
  }

  outOfRange(range: OffsetRange & { readonly fetchedFrom: number }): void {
    this.ranges.push(range);
  }

  warning(error: KafkaError): void {
    this.events.push(`warning ${error.kafkaCode ?? error.code}`);
  }

  failed(error: KafkaError): void {
    this.events.push(`failed ${error.kafkaCode ?? error.code}`);
    this.failures.push(error);
  }

  partition(name: string): PartitionEpoch {
    const held = this.held.get(name);
    if (held === undefined)
      throw new Error(`${this.member.name} does not hold ${name}; it holds ${[...this.held.keys()].join(', ') || 'nothing'}`);
    return held;
  }

  /** Offsets delivered of one partition, in order. */
  offsets(name: string): readonly number[] {
    return this.batches
      .filter(({ topic, partition }) => `${topic}/${partition}` === name)
      .flatMap(({ records }) => records.map(({ offset }) => offset));
  }

  commit(name: string, offset: number, metadata: string | null = null): Promise<readonly CommitResult[]> {
    const { topic, partition, epoch } = this.partition(name);
    return this.consumer.commit([{ topic, partition, epoch, offset, metadata }]);
  }
}

const DEFAULTS: TransportConsumerOptions = {
  groupId: 'group',
  groupInstanceId: null,
  topics: ['orders'],
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 20_000,
  heartbeatIntervalMs: 1_000,
  requestTimeoutMs: 3_000,
  maxWaitTimeMs: 500,
  maxBytesPerPartition: 1_048_576,
  isolationLevel: 'read_committed',
};

export async function venueWith(partitions: number, options: MemoryVenueOptions = {}): Promise<MemoryVenue> {
  const venue = new MemoryVenue(options);
  await venue.admin.createTopics([{ name: 'orders', partitions }]);
  return venue;
}

/** A started consumer in a process of its own. */
export async function join(
  venue: MemoryVenue,
  name: string,
  options: Partial<TransportConsumerOptions> = {},
  prepare: (consumer: RecordingConsumer) => void = () => {},
): Promise<RecordingConsumer> {
  const consumer = new RecordingConsumer(venue.openMember(name), options);
  prepare(consumer);
  await settle(venue, consumer.consumer.start());
  return consumer;
}

/** Awaits what happens in the venue. */
export async function settle<T>(venue: MemoryVenue, promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const mark = (): void => {
    isSettled = true;
  };
  promise.then(mark, mark);
  await venue.until(() => isSettled, { withinMs: 600_000, describe: () => 'a promise to settle' });
  return promise;
}

export function until(venue: MemoryVenue, condition: () => boolean, what: string): Promise<void> {
  return venue.until(condition, { withinMs: 600_000, describe: () => what });
}

export function recordOf(value: string | null, rest: Partial<ProduceRecord> = {}): ProduceRecord {
  return { key: null, value: value === null ? null : Buffer.from(value), headers: [], timestamp: 1, ...rest };
}

export function recordsOf(count: number): readonly ProduceRecord[] {
  return Array.from({ length: count }, (_, index) => recordOf(`${index}`));
}

function names(partitions: readonly { readonly topic: string; readonly partition: number }[]): string {
  return partitions.map(({ topic, partition }) => `${topic}/${partition}`).join(' ') || 'nothing';
}
