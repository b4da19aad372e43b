import type { KafkaRecord } from '../../../src/record.ts';
import type { AssignedPartition, PartitionEpoch } from '../../../src/transport.ts';

/** One record on its way through the handler. */
export interface Delivery {
  readonly record: KafkaRecord;
  attempt: number;
  failures: number;
}

/** Deliveries that wait for each other. */
export interface Lane {
  readonly name: string;
  readonly queue: Delivery[];
  /** Its loop, while it runs. */
  work: Promise<void> | null;
  /** For good: a record that can neither be done nor be left. */
  halted: boolean;
}

/** The books of one partition in one assignment. They are forgotten with it. */
export interface HeldPartition extends PartitionEpoch {
  readonly name: string;
  /** From where the next batch must have been fetched. */
  position: number;
  /** Handed over in this epoch, and not done. */
  readonly open: Set<number>;
  readonly lanes: Map<string, Lane>;
  /** Skipped or failed, and waiting for their back-off. */
  readonly waiting: Set<Delivery>;
  /** What the group had stored when it was assigned. */
  readonly stored: number | null;
  paused: boolean;
  /** No new call starts: revoked, or stopping. */
  closing: boolean;
  /** The epoch has ended: nothing of it counts any more. */
  over: boolean;
  /** The highest offset that was acknowledged, and the one that is to be committed. */
  committed: number;
  due: number;
}

export function holdPartition({ topic, partition, epoch, committedOffset }: AssignedPartition, start: number): HeldPartition {
  return {
    name: `${topic}-${partition}`,
    topic,
    partition,
    epoch,
    position: start,
    open: new Set(),
    lanes: new Map(),
    waiting: new Set(),
    stored: committedOffset,
    paused: false,
    closing: false,
    over: false,
    committed: committedOffset ?? -1,
    due: committedOffset ?? -1,
  };
}

/** The lowest record that is not done; the position when there is none. */
export function committable(held: HeldPartition): number {
  return held.open.size === 0 ? held.position : Math.min(...held.open);
}

/** The bare name of it, as the contract takes it. */
export function epochOf({ topic, partition, epoch }: PartitionEpoch): PartitionEpoch {
  return { topic, partition, epoch };
}
