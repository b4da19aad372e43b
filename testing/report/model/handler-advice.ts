import type { History } from '../../checker/history.ts';
import type { Violation } from '../../checker/violation.ts';
import { adviceFor, type Advice } from './advice.ts';
import { isKnownPromise } from './promise-words.ts';
import { visibleText } from './visible-text.ts';

/** So many answers of a kind in a row are no accident. */
const IN_A_ROW = 3;

/** What to think of first: where a record never got done because the handler always said no, the handler and not the runtime. */
export function adviceOn(invariant: string, seen: { readonly history: History; readonly violation: Violation } | null): Advice | null {
  return (seen === null ? null : handlerAdvice(seen.history, seen.violation)) ?? adviceFor(invariant);
}

/** Null unless it is the handler's own doing: a standstill, or an effect that was done twice where the user's own promise broke. */
export function handlerAdvice(history: History, violation: Violation): Advice | null {
  if (violation.invariant === 'stuck') return standstill(history, violation);
  return isAboutTheWorld(violation.invariant) ? repeatedEffect(history) : null;
}

/** A check of the user's own, or the comparison with a calm run. */
function isAboutTheWorld(invariant: string): boolean {
  return invariant === 'same-as-calm' || !isKnownPromise(invariant);
}

/** That it was done twice is a fact; whether the second time changed something, only its owner knows. */
function repeatedEffect({ events }: History): Advice | null {
  const times = new Map<string, number>();
  for (const event of events) {
    if (event.kind !== 'effect') continue;
    const words = `“${visibleText(event.name)}” for record ${event.offset} of ${event.topic}-${event.partition}`;
    const count = (times.get(words) ?? 0) + 1;
    times.set(words, count);
  }
  const [words, count] = [...times].find(([, each]) => each > 1) ?? [];
  if (words === undefined) return null;
  return {
    cause: `The handler did ${words} ${count === 2 ? 'twice' : `${count} times`}, for the record was delivered again, as any record may be. Where the second time changes something, that is why.`,
    next: 'Keep context.id with what the effect writes, in one step with it, and do nothing where it is there already.',
  };
}

function standstill({ events }: History, { topic, partition, offsets }: Violation): Advice | null {
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
