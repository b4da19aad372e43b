import { listOffsets } from '../../checker/wording.ts';
import type { PlayedPlan } from './played-plan.ts';
import { promiseWords } from './promise-words.ts';
import { riskWindow } from './risk-window.ts';
import { shownSpan, shownTime } from './shown-time.ts';

/** What is at stake, and when it is lost. */
export interface Stake {
  readonly value: string;
  readonly condition: string | null;
}

/** For a commit past open records: how many, and how long a restart would have lost them; for the rest the kind of harm. */
export function stakeOf({ history, violation }: PlayedPlan): Stake {
  if (violation.invariant !== 'commit-past-open') return { value: promiseWords(violation.invariant).cost, condition: null };
  const count = violation.offsets.length;
  // The checker names ten at most.
  const value = count === 1 ? '1 record' : count >= 10 ? '10 records or more' : `${count} records`;
  const window = riskWindow(history, violation);
  if (window === null)
    return {
      value,
      condition: 'if the process restarts after Kafka has stored the commit and before the handler has answered; here it answered first',
    };
  const end = window.untilEvent === null ? undefined : history.events[window.untilEvent]?.at;
  if (end === undefined) return { value, condition: `${listOffsets(violation.offsets)}: not done to the end of the run` };
  return {
    value,
    condition: `if the process restarts within ${shownSpan(end - violation.at)} (${shownTime(violation.at)} to ${shownTime(end)})`,
  };
}
