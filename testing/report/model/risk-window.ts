import type { History } from '../../checker/history.ts';
import { CheckerState } from '../../checker/checker-state.ts';
import type { Violation } from '../../checker/violation.ts';

/** Indexes of events: from the broken promise until what it left open was done after all; `untilEvent` is null where it never was. */
export interface RiskWindow {
  readonly fromEvent: number;
  readonly untilEvent: number | null;
}

/**
 * For a commit past open records: how long a restart would have lost them. Null for what has no such time, and where the
 * records were done before the answer to the commit came.
 */
export function riskWindow(history: History, violation: Violation): RiskWindow | null {
  if (violation.invariant !== 'commit-past-open') return null;
  const state = new CheckerState(history);
  const { byOffset } = state.partition(violation);
  for (const [index, event] of history.events.entries()) {
    state.see(event);
    if (index < violation.event) continue;
    if (!violation.offsets.every((offset) => byOffset.get(offset)?.terminal === true)) continue;
    return index === violation.event ? null : { fromEvent: violation.event, untilEvent: index };
  }
  return { fromEvent: violation.event, untilEvent: null };
}
