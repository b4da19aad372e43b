import type { History } from '../../checker/history.ts';
import type { Violation } from '../../checker/violation.ts';
import { adviceFor, type Advice } from './advice.ts';

/** So many answers of a kind in a row are no accident. */
const IN_A_ROW = 3;

/** What to think of first: where a record never got done because the handler always said no, the handler and not the runtime. */
export function adviceOn(invariant: string, seen: { readonly history: History; readonly violation: Violation } | null): Advice | null {
  return (seen === null ? null : handlerAdvice(seen.history, seen.violation)) ?? adviceFor(invariant);
}

/** Null unless the standstill is the handler's own doing. */
export function handlerAdvice({ events }: History, { invariant, topic, partition, offsets }: Violation): Advice | null {
  if (invariant !== 'stuck') return null;
  const record = Math.min(...offsets);
  const answers = events.flatMap((event) =>
    event.kind === 'call-ended' && event.topic === topic && event.partition === partition && event.offset === record ? [event.outcome] : [],
  );
  const last = answers.at(-1);
  const inARow = answers.length - 1 - answers.findLastIndex((outcome) => outcome !== last);
  if (inARow < IN_A_ROW) return null;
  const times = `record ${record}, the last ${inARow} times in a row`;
  if (last === 'failed') {
    return {
      cause: `The handler fails on ${times}: it throws, answers no action or passes its deadline, and without a limit it is delivered again for ever.`,
      next: "Mend the handler; answer reject('reason') for what will never be good. Where a failure may last, bound it: retry: { maxAttempts }, with a dead letter topic.",
    };
  }
  if (last === 'skip') {
    return {
      cause: `The handler skips ${times}: what it waits for does not come about in the rehearsal.`,
      next: "Let it come about, in the world that the handlers are given; answer reject('reason') for what will never be good. Where waiting must end: retry: { maxSkips } or { maxSkipMs }.",
    };
  }
  return null;
}
