/**
 * The habits of a careful consumer, each with its reason: what an entry of the zoo breaks is one of them, and nothing
 * else. All are called synchronously.
 */
import type { KafkaRecord } from '../../../src/record.ts';
import type { AssignedPartition, CommitResult, OffsetRange, TransportBatch } from '../../../src/transport.ts';
import type { DeliveryOutcome } from '../call-handler.ts';
import { committable, type Delivery, type HeldPartition, type Lane } from './held-partition.ts';

export interface Habits {
  /** Where an assignment starts: at the stored offset, else where the policy says. */
  readonly startAt: (assigned: AssignedPartition, reset: 'earliest' | 'latest') => number;
  /** A start that is not stored yet is committed before the first delivery: under `latest` a restart would begin at the end of the log again. */
  readonly storesStart: boolean;
  /** After an assignment, before the first fetch. */
  readonly assigned: (held: HeldPartition, tools: Tools) => void;
  /** Which batches are taken over: those that follow on. `held` is null when the partition is not this member's. */
  readonly accepts: (held: HeldPartition | null, batch: TransportBatch) => boolean;
  /** Which offsets a batch adds to the books: those of its records, for offsets have gaps. */
  readonly opens: (batch: TransportBatch) => readonly number[];
  /** The lane in which a record waits; null when it cannot be told. */
  readonly laneOf: (record: KafkaRecord) => string | null;
  /** What to commit once a batch was taken over: a batch without records moves the position too. */
  readonly afterBatch: (held: HeldPartition) => number | null;
  /** Before a record is handed to the handler; false keeps it back as if it had failed. */
  readonly decodes: (record: KafkaRecord) => boolean;
  /** Which answers make an end of a record. */
  readonly isDone: (outcome: DeliveryOutcome, delivery: Delivery) => boolean;
  /** To whose books an answer belongs: those of the epoch in which the record was handed over, and null when it is over. */
  readonly booksOf: (held: HeldPartition, current: HeldPartition | null) => HeldPartition | null;
  /** What to commit once the record at `done` is; null for nothing. */
  readonly committable: (held: HeldPartition, done: number) => number | null;
  /** Which partitions go into the next request, of those that have something to commit. */
  readonly selects: (due: readonly HeldPartition[]) => readonly HeldPartition[];
  /** How long (ms) to gather before a request, so that partitions share it. */
  readonly gatherMs: number;
  /** After a commit was settled: whether to think of it as stored. */
  readonly believes: (result: CommitResult) => boolean;
  /** One request at a time, and after one that was not stored what is due by then, which is the same or more. Otherwise each is sent and repeated by itself. */
  readonly oneAtATime: boolean;
  /** The last commit of an epoch, when the partition is revoked or the consumer stops; null for none. */
  readonly lastCommit: (held: HeldPartition, why: 'revoked' | 'stopping') => number | null;
  /** Whether the last commit is made before the client is told to stop, or meanwhile. */
  readonly commitsBeforeStop: boolean;
  /** Whether running calls are waited for before the last commit. */
  readonly drains: boolean;
  /** After an epoch has ended, in whatever way. */
  readonly forgot: (held: HeldPartition) => void;
  /** Where to go on when the broker has nothing at the position; null stays there and halts. */
  readonly outOfRange: (range: OffsetRange & { readonly fetchedFrom: number }, held: HeldPartition, tools: Tools) => number | null;
  /** How much a partition has open, against the bound at which it is paused. */
  readonly load: (held: HeldPartition) => number;
  /** Around each stay in the handler or in a back-off: a client that beats its heart in between needs to know. */
  readonly occupied: (busy: boolean) => void;
  /** How long (ms) a call is waited for before it counts as failed; null: until it has settled, however late. */
  readonly patienceMs: number | null;
}

/** What a habit may do besides answering. */
export interface Tools {
  pause(held: HeldPartition): void;
  /** Sends this and nothing else, whatever was sent before. */
  send(held: HeldPartition, offset: number): void;
}

/** Records per partition that are open before it is paused, and when it is resumed. Small, so that short plans reach them. */
export const PAUSE_AT = 4;
export const RESUME_AT = 2;

export const GOOD_HABITS: Habits = {
  startAt: ({ committedOffset, logStartOffset, logEndOffset }, reset) =>
    committedOffset ?? (reset === 'latest' ? logEndOffset : logStartOffset),
  storesStart: true,
  assigned: () => {},
  accepts: (held, batch) => held !== null && batch.fetchedFrom === held.position,
  opens: (batch) => batch.records.map(({ offset }) => offset),
  laneOf: () => '',
  afterBatch: (held) => (held.open.size === 0 ? held.position : null),
  decodes: () => true,
  isDone: (outcome) => outcome === 'consume' || outcome === 'reject',
  // An answer of an assignment that is over is dropped: a duplicate beats a loss.
  booksOf: (held) => (held.over ? null : held),
  committable: (held) => committable(held),
  selects: (due) => due,
  gatherMs: 0,
  believes: (result) => result.outcome === 'acknowledged',
  oneAtATime: true,
  lastCommit: (held) => committable(held),
  commitsBeforeStop: true,
  drains: true,
  forgot: () => {},
  // Below the log start the rest is there; above the log end nobody knows what happened to the log.
  outOfRange: ({ fetchedFrom, logStartOffset }) => (fetchedFrom < logStartOffset ? logStartOffset : null),
  load: (held) => held.open.size,
  occupied: () => {},
  patienceMs: null,
};

/** Lanes by key and partition; a null key is a lane of its own record. */
export function laneByKey(record: KafkaRecord): string {
  return record.key === null ? `at ${record.offset}` : `key ${new TextDecoder().decode(record.key)}`;
}

export function laneNamed(held: HeldPartition, name: string): Lane {
  let lane = held.lanes.get(name);
  if (lane === undefined) held.lanes.set(name, (lane = { name, queue: [], work: null, halted: false }));
  return lane;
}
