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
    /** The commit's metadata held a durable ledger; `reason` says why it is not believed. */
    | (InPartition & { readonly kind: 'ledger-read'; readonly outcome: 'believed' | 'ignored'; readonly reason: string | null })
    /** By the durable ledger this record is terminal: it is not delivered. */
    | (InPartition & { readonly kind: 'already-done'; readonly offset: number })
    /** `batch`: the number of the call, in this member, that several records were handed to together. */
    | (InDelivery & { readonly kind: 'delivered'; readonly batch?: number })
    /**
     * The answer was taken; a policy may have made it (`retries-exhausted`, `skips-exhausted`). Consume and Reject are terminal
     * from here on; a Reject with `deadLetter` only with `dead-lettered`.
     */
    | (InDelivery & {
        readonly kind: 'action';
        readonly action: Action['type'];
        readonly reason: string | null;
        readonly deadLetter?: true;
      })
    /** One attempt at the dead letter of a rejected record; `dead-lettered` or `dead-letter-failed` follows. */
    | (InDelivery & { readonly kind: 'dead-letter-sent'; readonly target: string; readonly reason: string })
    /** Acknowledged by all in-sync replicas: the record is terminal. `pointer`: it was too large, and its value stayed behind. */
    | (InDelivery & {
        readonly kind: 'dead-lettered';
        readonly target: string;
        readonly targetPartition: number;
        readonly targetOffset: number;
        readonly pointer: boolean;
      })
    /** `retriable`: it is sent again after a back-off; else the lane halts. */
    | (InDelivery & {
        readonly kind: 'dead-letter-failed';
        readonly target: string;
        readonly error: KafkaError;
        readonly retriable: boolean;
      })
    /** Nothing of this lane is delivered until somebody decides, see `lane-resumed`. */
    | (InDelivery & { readonly kind: 'lane-halted'; readonly error: KafkaError })
    /** `settled`: the call that hung has ended after all. */
    | (InDelivery & { readonly kind: 'lane-resumed'; readonly by: 'retry' | 'dead-letter' | 'settled' })
    /** By explicit option the lane goes on although an earlier call of it still runs. */
    | (InDelivery & { readonly kind: 'overlap' })
    /** The handler threw, rejected its promise, answered nothing valid or passed its deadline. */
    | (InDelivery & { readonly kind: 'failed'; readonly failures: number; readonly error: unknown })
    | (InDelivery & { readonly kind: 'retry-scheduled'; readonly delayMs: number })
    /** An answer whose epoch or attempt was over: dropped. */
    | (InDelivery & { readonly kind: 'stale-result' })
    /** `metadata`: the durable ledger; left out where nothing is done above the offset. */
    | (InPartition & { readonly kind: 'commit-sent'; readonly offset: number; readonly metadata?: string })
    | (InPartition & {
        readonly kind: 'commit-settled';
        readonly offset: number;
        readonly outcome: 'acknowledged' | 'refused' | 'unknown';
        readonly code: string | null;
      })
    /** `cause`: too much waits in memory, too many records are open beyond the lowest, or somebody asked for it. */
    | (InPartition & { readonly kind: 'paused' | 'resumed'; readonly queued: number; readonly cause?: 'queue' | 'window' | 'hand' })
    | (InPartition & { readonly kind: 'halted'; readonly error: KafkaError })
    /** The brokers may remove the oldest open record, or what comes after the position, in so long: a lower bound. At most once an hour. */
    | (InPartition & { readonly kind: 'retention-near'; readonly offset: number; readonly headroomMs: number })
    | { readonly kind: 'warning' | 'fatal'; readonly error: KafkaError }
  );

/** Receives every observation of a consumer. */
export type Observer = (observation: Observation) => void;
