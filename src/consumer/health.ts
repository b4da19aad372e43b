import type { KafkaError } from '../errors.ts';
import type { LagWatch } from './lag-watch.ts';
import type { OwnedPartition, PartitionPhase } from './owned-partition.ts';
import type { BlockedRecord, HaltedLane } from './record-order.ts';

/** `failed`: a fatal error has ended it. A partition that is halted leaves the consumer `running`; look at `partitions`. */
export type ConsumerState = 'new' | 'starting' | 'running' | 'stopping' | 'stopped' | 'failed';

/** Code and message of an error, as plain data. */
export interface ErrorSummary {
  readonly code: string;
  readonly message: string;
}

/** One held partition. Offsets are those of Kafka; null where nothing is known yet. */
export interface PartitionHealth {
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
  readonly phase: PartitionPhase;
  /** The offset that the next fetch asks for. */
  readonly position: number;
  /** The lowest open record, or the position when none is open. */
  readonly committable: number;
  /** As the coordinator last acknowledged it. */
  readonly committed: number | null;
  readonly highWatermark: number | null;
  /**
   * Offsets from the committed one to the last stable one (to the high watermark under read_uncommitted), thus at most so many
   * records. Of a partition that is idle or paused it is as old as `lagIntervalMs` at most; null while it is not known.
   */
  readonly lag: number | null;
  /**
   * Milliseconds until the brokers may remove the oldest open record, by its age: a lower bound, since they remove whole
   * segments. Where nothing is open and more is to be read, an estimate by the last record that was read. Null where nothing
   * is left to do, where age removes nothing, and while it is not known.
   */
  readonly retentionHeadroomMs: number | null;
  /** `retention.bytes` is set too: size may remove records earlier, and nobody can tell when. Null while it is not known. */
  readonly retentionBySize: boolean | null;
  /** As told with the last batch, like the high watermark. */
  readonly lastStableOffset: number | null;
  /** Records that were accepted and are not terminal. */
  readonly open: number;
  /** Those of them that wait in the queue, the one at its head included. */
  readonly queued: number;
  /** Nothing is fetched: the queue is full, too many records are open beyond the lowest, or somebody paused it. */
  readonly paused: boolean;
  /** Somebody paused it, see `Consumer.pause`: nothing is delivered either. */
  readonly pausedByHand: boolean;
  /** A handler call of this partition runs; it may be of an older epoch, or past its deadline. */
  readonly callRunning: boolean;
  /** The lowest record that holds its lane: it is being handled, or waits for its next delivery. */
  readonly blocked: BlockedRecord | null;
  /** Calls of this epoch that run, and whose answers count. */
  readonly running: number;
  /** Records that wait for their next delivery after a Skip or a failure. */
  readonly retrying: number;
  /** The lowest hundred lanes that stand still until somebody decides; the rest of the partition goes on. */
  readonly haltedLanes: readonly HaltedLane[];
  /** Hung calls in this epoch that were overtaken by explicit option. */
  readonly overlaps: number;
  /** Why the whole partition stands still. */
  readonly halted: ErrorSummary | null;
}

/** The state of a consumer at one moment. Plain data that JSON can carry. */
export interface ConsumerHealth {
  readonly state: ConsumerState;
  readonly groupId: string;
  /** As the coordinator named this member; null before it joined. */
  readonly memberId: string | null;
  /** Null before the first join, and from a loss of membership until the member has come back. */
  readonly generation: number | null;
  readonly sessionTimeoutMs: number;
  /** When the fetch loop last turned, in milliseconds since the epoch; null before that, and where the transport does not tell. */
  readonly fetchTurnedAt: number | null;
  readonly partitions: readonly PartitionHealth[];
  /** What ended the consumer. */
  readonly failure: ErrorSummary | null;
}

export function summarize(error: KafkaError | null): ErrorSummary | null {
  return error === null ? null : { code: error.code, message: error.message };
}

export function partitionHealth(owned: OwnedPartition, watch: LagWatch | null): PartitionHealth {
  const { id, ledger, order } = owned;
  return {
    topic: id.topic,
    partition: id.partition,
    epoch: id.epoch,
    phase: owned.phase,
    position: ledger.position,
    committable: ledger.committable,
    committed: owned.acknowledged,
    highWatermark: owned.highWatermark,
    lag: owned.lag,
    retentionHeadroomMs: watch?.headroomMs(owned) ?? null,
    retentionBySize: watch?.isLimitedBySize(id.topic) ?? null,
    lastStableOffset: owned.lastStableOffset,
    open: ledger.openCount,
    queued: order.queued,
    paused: owned.paused,
    pausedByHand: owned.pausedByHand,
    callRunning: owned.callRunning,
    blocked: order.blocked,
    running: order.deliveries.running,
    retrying: order.retrying,
    haltedLanes: order.deliveries.haltedLanes,
    overlaps: order.deliveries.overlaps,
    halted: summarize(owned.haltedBy),
  };
}
