import { KafkaError } from './errors.ts';
import { showValue } from './show-value.ts';

/** Brand of an action. `Symbol.for` and not a class: two copies of this package in one process still understand each other. */
export const ACTION: unique symbol = Symbol.for('kafka-rehearsal.action');

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

/** What `skip` takes besides the reason. */
export interface SkipOptions {
  /** Milliseconds until the next delivery, at least: an integer from 0 to 86,400,000 (a day). Default: the handler's back-off. */
  readonly retryAfterMs?: number;
}

const NO_OPTIONS: SkipOptions = Object.freeze({});
const LONGEST_RETRY_AFTER_MS = 86_400_000;
const REJECT_REASON = /^[a-z0-9-]{1,64}$/;
const CONSUME: Consume = Object.freeze<Consume>({ [ACTION]: true, type: 'consume' });
const PLAIN_SKIP: Skip = Object.freeze<Skip>({ [ACTION]: true, type: 'skip', reason: undefined, retryAfterMs: undefined });

/** Done with this record: it may be committed. Always the same object, so a record costs none. */
export function consume(): Consume {
  return CONSUME;
}

/**
 * Not now: the record stays uncommitted and is delivered again after a back-off, however often it is skipped.
 * `reason` is free text for the log. Throws HANDLER_INVALID when `retryAfterMs` is out of bounds, and for options that mean nothing.
 */
export function skip(reason?: string, options: SkipOptions = NO_OPTIONS): Skip {
  if (options !== NO_OPTIONS) requireSkipOptions(options);
  const { retryAfterMs } = options;
  if (reason === undefined && retryAfterMs === undefined) return PLAIN_SKIP;
  if (reason !== undefined && typeof reason !== 'string') {
    throw new KafkaError('HANDLER_INVALID', `skip(reason): reason is ${typeof reason}, expected a string or nothing`);
  }
  if (retryAfterMs !== undefined && !(Number.isInteger(retryAfterMs) && retryAfterMs >= 0 && retryAfterMs <= LONGEST_RETRY_AFTER_MS)) {
    throw new KafkaError(
      'HANDLER_INVALID',
      `skip(reason, { retryAfterMs }): retryAfterMs is ${String(retryAfterMs)}, expected milliseconds, an integer from 0 to ${LONGEST_RETRY_AFTER_MS}`,
    );
  }
  return { [ACTION]: true, type: 'skip', reason, retryAfterMs };
}

/** For callers whom no compiler told: a misspelt option would be a back-off that nobody has asked for. */
function requireSkipOptions(options: unknown): void {
  const isObject = typeof options === 'object' && options !== null;
  const unknown = isObject ? Object.keys(options).find((name) => name !== 'retryAfterMs') : undefined;
  if (isObject && unknown === undefined) return;
  const given = isObject ? `${String(unknown)} is unknown` : `got ${showValue(options)}`;
  throw new KafkaError('HANDLER_INVALID', `skip(reason, options): ${given}, expected { retryAfterMs }`);
}

/**
 * Never valid: the record is marked with `reason`, committed and not delivered again. The reason is a label that logs and
 * metrics count by: 1 to 64 of a-z, 0-9 and `-`; whatever varies from record to record belongs in `cause`.
 * Throws HANDLER_INVALID for any other reason.
 */
export function reject(reason: string, cause?: unknown): Reject {
  if (typeof reason !== 'string' || !REJECT_REASON.test(reason)) {
    throw new KafkaError(
      'HANDLER_INVALID',
      `reject(reason): reason is ${describeReason(reason)}, expected a fixed label of 1 to 64 characters a-z, 0-9 and "-", such as "too-old"; put details in reject(reason, cause)`,
    );
  }
  return { [ACTION]: true, type: 'reject', reason, cause };
}

/** Whether a value is an action, also one made by another copy of this package. */
export function isAction(value: unknown): value is Action {
  return typeof value === 'object' && value !== null && (value as { readonly [ACTION]?: unknown })[ACTION] === true;
}

function describeReason(reason: unknown): string {
  if (typeof reason !== 'string') return typeof reason;
  return reason.length > 80 ? `a string of ${reason.length} characters` : JSON.stringify(reason);
}
