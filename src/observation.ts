/**
 * The observation contract: one stream of everything that the runtime decides, read by the checker, the stage, metrics,
 * traces and logs alike. The version changes when a kind loses or changes a field; new kinds and fields may come without.
 * Observers are called synchronously, in order, and must not throw; without an observer no object is made.
 */
import type { Action } from './action.ts';
import type { KafkaError } from './errors.ts';

export const OBSERVATION_VERSION = 1;

/** In every observation. */
export interface ObservationBase {
  /** Milliseconds since the epoch, by the injected clock. */
  readonly at: number;
  /** The runtime's name for this consumer in this incarnation, such as `orders-1#2`; not the broker's member id. */
  readonly member: string;
}

/** A partition in one epoch; epochs are compared within a member only. */
export interface InPartition {
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
}

/** One delivery of one record. `attempt` counts deliveries of the record in this epoch, from 1. */
export interface InDelivery extends InPartition {
  readonly offset: number;
  readonly attempt: number;
}

/** Where an epoch starts, and why. */
export type StartReason = 'committed' | 'earliest' | 'latest' | 'partition-added' | 'log-start-passed';

export type Observation = ObservationBase &
  (
    | { readonly kind: 'started' | 'stopped' }
    | { readonly kind: 'joined'; readonly memberId: string; readonly generation: number }
    | (InPartition & { readonly kind: 'assigned'; readonly committedOffset: number | null })
    /** The baseline of the epoch. With `reason` other than `committed` the start is committed before the first delivery. */
    | (InPartition & { readonly kind: 'start-resolved'; readonly offset: number; readonly reason: StartReason })
    | (InPartition & { readonly kind: 'revoked' | 'lost' })
    | (InPartition & {
        readonly kind: 'batch-accepted';
        readonly fetchedFrom: number;
        readonly nextOffset: number;
        readonly records: number;
      })
    /** A batch that was not fetched from the position: dropped unresolved. */
    | (InPartition & { readonly kind: 'discontinuity'; readonly position: number; readonly fetchedFrom: number })
    /** Records that retention or delete-records removed before they were delivered: `from` ≤ offset < `to`. */
    | (InPartition & { readonly kind: 'range-removed'; readonly from: number; readonly to: number })
    | (InDelivery & { readonly kind: 'delivered' })
    /** The handler's answer was taken. Consume and Reject are terminal from here on. */
    | (InDelivery & { readonly kind: 'action'; readonly action: Action['type']; readonly reason: string | null })
    /** The handler threw, rejected its promise, answered nothing valid or passed its deadline. */
    | (InDelivery & { readonly kind: 'failed'; readonly failures: number; readonly error: unknown })
    | (InDelivery & { readonly kind: 'retry-scheduled'; readonly delayMs: number })
    /** An answer whose epoch or attempt was over: dropped. */
    | (InDelivery & { readonly kind: 'stale-result' })
    | (InPartition & { readonly kind: 'commit-sent'; readonly offset: number })
    | (InPartition & {
        readonly kind: 'commit-settled';
        readonly offset: number;
        readonly outcome: 'acknowledged' | 'refused' | 'unknown';
        readonly code: string | null;
      })
    | (InPartition & { readonly kind: 'paused' | 'resumed'; readonly queued: number })
    | (InPartition & { readonly kind: 'halted'; readonly error: KafkaError })
    | { readonly kind: 'warning' | 'fatal'; readonly error: KafkaError }
  );

/** Receives every observation of a consumer. */
export type Observer = (observation: Observation) => void;
