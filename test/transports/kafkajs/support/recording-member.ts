import type { KafkaError } from '../../../../src/errors.ts';
import type {
  AssignedPartition,
  Assignment,
  CommitResult,
  ConsumerListener,
  OffsetRange,
  PartitionEpoch,
  Transport,
  TransportBatch,
  TransportConsumer,
  TransportConsumerOptions,
} from '../../../../src/transport.ts';

export interface RecordingOptions {
  /** Default: `accepted`. */
  readonly onBatch?: (batch: TransportBatch) => 'accepted' | 'dropped';
  /** Default: fetch from the committed offset, else from the log start. */
  readonly onAssigned?: (assignment: Assignment, member: RecordingMember) => void;
  /** What it resolves with is waited for, within the grace. Default: nothing. */
  readonly onRevoked?: (partitions: readonly PartitionEpoch[], member: RecordingMember) => Promise<void> | void;
  /** Default: nothing. */
  readonly onLost?: (partitions: readonly PartitionEpoch[], member: RecordingMember) => void;
}

/** A consumer whose listener writes everything down. */
export class RecordingMember {
  readonly consumer: TransportConsumer;
  readonly assignments: Assignment[] = [];
  readonly batches: TransportBatch[] = [];
  readonly events: string[] = [];
  readonly warnings: KafkaError[] = [];
  readonly failures: KafkaError[] = [];
  readonly lost: { readonly partitions: readonly PartitionEpoch[]; readonly cause: KafkaError }[] = [];
  readonly outOfRange: (OffsetRange & { readonly fetchedFrom: number })[] = [];

  constructor(
    transport: Transport,
    options: Partial<TransportConsumerOptions> & Pick<TransportConsumerOptions, 'groupId' | 'topics'>,
    recording: RecordingOptions = {},
  ) {
    const { onAssigned = fetchAll, onBatch = () => 'accepted' as const, onRevoked = () => {}, onLost = () => {} } = recording;
    const listener: ConsumerListener = {
      assigned: (assignment) => {
        this.events.push(`assigned ${names(assignment.partitions)}`);
        this.assignments.push(assignment);
        onAssigned(assignment, this);
      },
      revoked: async (partitions) => {
        this.events.push(`revoked ${names(partitions)}`);
        await onRevoked(partitions, this);
      },
      lost: (partitions, cause) => {
        this.events.push(`lost ${names(partitions)}`);
        this.lost.push({ partitions, cause });
        onLost(partitions, this);
      },
      batch: (batch) => {
        this.batches.push(batch);
        return onBatch(batch);
      },
      outOfRange: (range) => {
        this.events.push(`outOfRange ${range.partition}`);
        this.outOfRange.push(range);
      },
      warning: (error) => void this.warnings.push(error),
      failed: (error) => {
        this.events.push('failed');
        this.failures.push(error);
      },
    };
    this.consumer = transport.createConsumer(
      {
        groupInstanceId: null,
        sessionTimeoutMs: 6_000,
        rebalanceTimeoutMs: 10_000,
        heartbeatIntervalMs: 300,
        requestTimeoutMs: 3_000,
        maxWaitTimeMs: 200,
        maxBytesPerPartition: 1_048_576,
        isolationLevel: 'read_committed',
        ...options,
      },
      listener,
    );
  }

  /** The latest assignment of the partition. */
  partition(topic: string, partition: number): AssignedPartition {
    const found = this.assignments.at(-1)?.partitions.find((held) => held.topic === topic && held.partition === partition);
    if (found === undefined) throw new Error(`${topic}/${partition} is not assigned`);
    return found;
  }

  holds(topic: string): readonly number[] {
    return (
      this.assignments
        .at(-1)
        ?.partitions.filter((held) => held.topic === topic)
        .map(({ partition }) => partition) ?? []
    );
  }

  commit(topic: string, partition: number, offset: number, metadata: string | null = null): Promise<readonly CommitResult[]> {
    const { epoch } = this.partition(topic, partition);
    return this.consumer.commit([{ topic, partition, epoch, offset, metadata }]);
  }

  /** Offsets of the partition's records in the order of their delivery. */
  delivered(partition: number): readonly number[] {
    return this.batches.filter((batch) => batch.partition === partition).flatMap(({ records }) => records.map(({ offset }) => offset));
  }
}

function fetchAll(assignment: Assignment, member: RecordingMember): void {
  for (const partition of assignment.partitions)
    member.consumer.fetchFrom(partition, partition.committedOffset ?? partition.logStartOffset);
}

function names(partitions: readonly PartitionEpoch[]): string {
  return partitions.map(({ partition }) => partition).join(',');
}
