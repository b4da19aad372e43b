/** The checker: every invariant over one history, in one pass. Pure and linear; it trusts no single witness. */
import { commitLag } from './commit-lag.ts';
import { commitPastOpen } from './commit-past-open.ts';
import { commitRegression } from './commit-regression.ts';
import { discontinuity } from './discontinuity.ts';
import type { History } from './history.ts';
import type { Invariant, Watch } from './invariant.ts';
import { lostReject } from './lost-reject.ts';
import { abortedRead } from './aborted-read.ts';
import { precommittedRead } from './precommitted-read.ts';
import { inconsistentOffsets } from './inconsistent-offsets.ts';
import { pollSkip } from './poll-skip.ts';
import { nonmonotonicPoll } from './nonmonotonic-poll.ts';
import { nonmonotonicSend } from './nonmonotonic-send.ts';
import { duplicate } from './duplicate.ts';
import { lostWrite } from './lost-write.ts';
import { orderViolation } from './order-violation.ts';
import { overlap } from './overlap.ts';
import { redeliveredTerminal } from './redelivered-terminal.ts';
import { staleEffect } from './stale-effect.ts';
import { CheckerState } from './state.ts';
import { stuck } from './stuck.ts';
import { unboundedRedelivery } from './unbounded-redelivery.ts';
import { unseen } from './unseen.ts';
import { untrueObservation } from './untrue-observation.ts';
import { INVARIANT_NAMES, type InvariantName, type Violation } from './violation.ts';
import { wrongStart } from './wrong-start.ts';

/** Every invariant, the worst for a user first. */
export const INVARIANTS: readonly Invariant[] = [
  commitPastOpen,
  lostWrite,
  lostReject,
  unseen,
  abortedRead,
  precommittedRead,
  inconsistentOffsets,
  discontinuity,
  pollSkip,
  nonmonotonicPoll,
  nonmonotonicSend,
  staleEffect,
  wrongStart,
  commitRegression,
  redeliveredTerminal,
  unboundedRedelivery,
  duplicate,
  orderViolation,
  overlap,
  untrueObservation,
  commitLag,
  stuck,
];

/** Violations of one invariant that are reported for one history; more of the same tell nothing new. */
const MAX_VIOLATIONS_PER_INVARIANT = 10;

export interface Verdict {
  /** The worst invariant's first. Empty when everything held. */
  readonly violations: readonly Violation[];
  /** How many things each invariant judged. */
  readonly evaluated: Readonly<Record<InvariantName, number>>;
}

/** Judges a history. `invariants`: all of them, by default. */
export function checkHistory(history: History, invariants: readonly Invariant[] = INVARIANTS): Verdict {
  const state = new CheckerState(history);
  const evaluated = Object.fromEntries(INVARIANT_NAMES.map((name) => [name, 0])) as Record<InvariantName, number>;
  const violations: Violation[] = [];
  let index = 0;
  const watches = invariants.map((invariant) => startWatch(invariant, state, evaluated, violations, () => index));
  const before = watches.filter((watch) => watch.see !== undefined);
  const after = watches.filter((watch) => watch.saw !== undefined);
  for (; index < history.events.length; index += 1) {
    const event = history.events[index];
    if (event === undefined) break;
    if (state.isReplaced(event)) continue;
    for (const watch of before) watch.see?.(event);
    state.see(event);
    for (const watch of after) watch.saw?.(event);
  }
  for (const watch of watches) watch.end?.();
  return { violations: violations.sort(bySeverity), evaluated };
}

function startWatch(
  invariant: Invariant,
  state: CheckerState,
  evaluated: Record<InvariantName, number>,
  violations: Violation[],
  eventIndex: () => number,
): Watch {
  const { name } = invariant;
  let found = 0;
  return invariant.watch(state, {
    evaluated: () => {
      evaluated[name] += 1;
    },
    violated: ({ where, offsets, members, at, message }) => {
      found += 1;
      if (found > MAX_VIOLATIONS_PER_INVARIANT) return;
      violations.push({
        invariant: name,
        message,
        topic: where.topic,
        partition: where.partition,
        offsets,
        members,
        at,
        event: eventIndex(),
      });
    },
  });
}

function bySeverity(left: Violation, right: Violation): number {
  const names: readonly string[] = INVARIANT_NAMES;
  return names.indexOf(left.invariant) - names.indexOf(right.invariant) || left.event - right.event;
}
