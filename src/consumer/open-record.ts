import type { KafkaError } from '../errors.ts';
import type { KafkaRecord } from '../record.ts';
import { compactRecord } from './compact-record.ts';
import { WHOLE_PARTITION } from './lane.ts';
import type { LaneKey } from './lane.ts';
import type { BlockedRecord } from './record-order.ts';

/** `marking`: it is rejected, and its dead letter is on its way. */
export type OpenState = 'waiting' | 'running' | 'marking' | 'halted' | 'done';

/** A record that was taken from the queue and is not terminal, with what happened to it in this epoch. */
export class OpenRecord {
  record: KafkaRecord;
  /** Of the ledger. */
  sequence: number;
  state: OpenState = 'waiting';
  lane: LaneKey = WHOLE_PARTITION;
  /** Deliveries so far. */
  attempt = 0;
  failures = 0;
  skips = 0;
  firstFailedAt = 0;
  firstSkippedAt = 0;
  /** Milliseconds since the epoch; null while no delivery is scheduled. */
  retryAt: number | null = null;
  /** Name of the last error, or why the last delivery was skipped. */
  lastProblem: string | null = null;
  /** Told in the log that its limits are reached. */
  isExhausted = false;
  haltedBy: KafkaError | null = null;
  haltedAt = 0;

  constructor(record: KafkaRecord, sequence: number) {
    this.record = record;
    this.sequence = sequence;
  }

  /** Lets go of the reply that it came in, unless that is little more than the record itself. */
  compact(): void {
    if (this.state !== 'done') this.record = compactRecord(this.record);
  }

  /** As health shows it. */
  get shown(): BlockedRecord {
    const { record, attempt, failures, skips, retryAt, lastProblem } = this;
    return { offset: record.offset, attempt, failures, skips, nextAttemptAt: retryAt, lastProblem };
  }

  /** The same object for the next record, where one at a time is enough. */
  reset(record: KafkaRecord, sequence: number): void {
    this.record = record;
    this.sequence = sequence;
    this.state = 'waiting';
    this.attempt = 0;
    if (this.lastProblem === null) return;
    this.failures = 0;
    this.skips = 0;
    this.retryAt = null;
    this.lastProblem = null;
    this.isExhausted = false;
    this.haltedBy = null;
  }
}
