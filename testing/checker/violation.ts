/**
 * Names of the invariants, the worst for a user first: where a history breaks several, the first of them names the failure.
 */
export const INVARIANT_NAMES = [
  'commit-past-open',
  'false-ledger',
  'lost-write',
  'lost-reject',
  'false-letter',
  'unseen',
  'aborted-read',
  'precommitted-read',
  'inconsistent-offsets',
  'discontinuity',
  'poll-skip',
  'nonmonotonic-poll',
  'nonmonotonic-send',
  'stale-effect',
  'wrong-start',
  'commit-regression',
  'redelivered-terminal',
  'unbounded-redelivery',
  'duplicate',
  'order-violation',
  'overlap',
  'halted-delivery',
  'paused-delivery',
  'batch-answer',
  'retry-limit',
  'early-retry',
  'concurrency-limit',
  'rate-limit',
  'open-window',
  'untrue-observation',
  'commit-lag',
  'ledger-lag',
  'stuck',
] as const;

export type InvariantName = (typeof INVARIANT_NAMES)[number];

/** An invariant of the checker's, or a check that a scenario brings along. */
export type ViolationName = InvariantName | (string & {});

/** A promise that a history breaks. */
export interface Violation {
  readonly invariant: ViolationName;
  /** Plain words: what happened, to which record, and what the user would have lost. */
  readonly message: string;
  readonly topic: string;
  readonly partition: number;
  /** The records concerned, at most ten. */
  readonly offsets: readonly number[];
  readonly members: readonly string[];
  /** Milliseconds of the venue's clock. */
  readonly at: number;
  /** Index in the history's events of the event that broke it. */
  readonly event: number;
}
