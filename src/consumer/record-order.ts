import type { KafkaError } from '../errors.ts';
import type { KafkaRecord } from '../record.ts';
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
  /** Records that became terminal in this epoch. */
  readonly terminalCount: number;
  /** Records that wait, those that are skipped and retried included. */
  readonly queued: number;
  /** Keys and values of what is held in memory, or a little more. */
  readonly bytes: number;
  /** Calls of this epoch that run, and whose answers count. */
  readonly running: number;
  /** Records that wait for their next delivery after a skip or a failure. */
  readonly retrying: number;
  /** Hung calls that were overtaken by explicit option, so far. */
  readonly overlaps: number;
  /** Timestamp of the lowest record that is not terminal; null when there is none. */
  readonly oldestTimestamp: number | null;
  /** The lowest record that holds a lane. */
  readonly blocked: BlockedRecord | null;
  /** The lowest hundred of them. */
  readonly haltedLanes: readonly HaltedLane[];
  /** Records that were accepted, in order. */
  push(records: readonly KafkaRecord[]): void;
  /** Delivers until nothing is ready, or returns true when it gives way to others. */
  run(turn: Turn): boolean;
  /** Fires the signals of the running calls. Their answers still count. */
  abort(reason: Error): void;
  /** Resolves when no call of this epoch runs and no dead letter is on its way. */
  whenQuiet(): Promise<void>;
  /** Another try for the halted lane of this offset, or for all; tells how many there were. */
  retryHalted(offset: number | null): number;
  /** Rejects the record that halted its lane, with its dead letter. False when there is none such; resolves when it is terminal or the lane is halted again. */
  deadLetterHalted(offset: number): Promise<boolean>;
  /** The epoch is over: forgets everything, aborts running calls and drops their answers when they come. */
  end(reason: KafkaError): void;
}
