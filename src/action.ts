/** Brand of an action. `Symbol.for` and not a class: two copies of this package in one process still understand each other. */
export const ACTION = Symbol.for('kafka-rehearsal.action');

/** Done: the record may be committed. */
export interface Consume {
  readonly [ACTION]: true;
  readonly type: 'consume';
}

/** Not now: the record is not committed and is delivered again. */
export interface Skip {
  readonly [ACTION]: true;
  readonly type: 'skip';
  readonly reason: string | undefined;
  /** Milliseconds until the next delivery, at least; undefined leaves it to the handler's back-off. */
  readonly retryAfterMs: number | undefined;
}

/** Never valid: the record is marked (dead letter, log), committed and not delivered again. */
export interface Reject {
  readonly [ACTION]: true;
  readonly type: 'reject';
  readonly reason: string;
  /** Details for the log and the dead letter; never part of the reason, which is a label of bounded cardinality. */
  readonly cause: unknown;
}

/** What a handler answers for one record. */
export type Action = Consume | Skip | Reject;
