import { isAction } from '../action.ts';
import type { Action } from '../action.ts';

/** Whether a handler answered with a promise, of whatever make. */
export function isThenable(answer: unknown): answer is Promise<Action> {
  return typeof answer === 'object' && answer !== null && typeof (answer as { then?: unknown }).then === 'function';
}

/** Also of the kinds that this version knows: another copy of the package may have more. */
export function isKnownAction(answer: unknown): answer is Action {
  if (!isAction(answer)) return false;
  const { type } = answer;
  return type === 'consume' || type === 'skip' || type === 'reject';
}

/** For the error, without the value itself: it may be of a record. */
export function describeAnswer(answer: unknown): string {
  if (answer === undefined) return 'undefined (a missing return?)';
  if (answer === null) return 'null';
  if (typeof answer === 'function') return 'a function (consume instead of consume()?)';
  return typeof answer === 'object' ? 'an object that is no action' : `a ${typeof answer}`;
}
