import type { KafkaError } from '../errors.ts';
import type { KafkaRecord } from '../record.ts';
import type { Deliveries } from './deliveries.ts';
import type { Turn } from './dispatcher.ts';
import type { LaneOwner } from './lane.ts';

/** A record that holds its lane: it is being handled or waits for its next delivery. */
export interface BlockedRecord {
  readonly offset: number;
  readonly attempt: number;
  readonly failures: number;
  readonly skips: number;
  /** Milliseconds since the epoch; null while a call runs, be it one past its deadline, or the dead letter is on its way. */
  readonly nextAttemptAt: number | null;
  /** Name of the last error, or why the last delivery was skipped; null before the first answer. */
  readonly lastProblem: string | null;
}

/** A lane that stands still until somebody decides. */
export interface HaltedLane {
  /** Of the record that halted it; the one to name when asking for another try or for the dead letters. */
  readonly offset: number;
  readonly attempt: number;
  readonly failures: number;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly error: { readonly code: string; readonly message: string };
}

/** How a partition's records are handed to its handler in one epoch: in which order, and how many at a time. */
export interface RecordOrder extends LaneOwner {
  /** No call starts while this is false. */
  delivering: boolean;
  /** Its calls, and what becomes of them. */
  readonly deliveries: Deliveries;
  /** Records that became terminal in this epoch. */
  readonly terminalCount: number;
  /** Records that wait, those that are skipped and retried included. */
  readonly queued: number;
  /** Keys, values and headers of what is held in memory, or a little more. */
  readonly bytes: number;
  /** Records that wait for their next delivery after a skip or a failure. */
  readonly retrying: number;
  /** Timestamp of the lowest record that is not terminal; null when there is none. */
  readonly oldestTimestamp: number | null;
  /** The lowest record that holds a lane. */
  readonly blocked: BlockedRecord | null;
  /** Records that were accepted, in order. */
  push(records: readonly KafkaRecord[]): void;
  /** Delivers until nothing is ready, or returns true when it gives way to others. */
  run(turn: Turn): boolean;
  /** The epoch is over: forgets everything, aborts running calls and drops their answers when they come. */
  end(reason: KafkaError): void;
}
