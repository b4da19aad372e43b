import type { Violation } from '../../testing/checker/violation.ts';
import type { Plan } from '../../testing/scenario/plan.ts';
import { minimizePlan } from '../minimize-plan.ts';
import { playPlan, type ScenarioPlace } from '../play-plan.ts';
import type { PlanResult } from '../run-plan.ts';
import type { ScenarioDefinition } from '../scenario-definition.ts';
import type { DrawnPlan } from './plan-source.ts';

/** Plans that are tried as fast-check proposes them: what is left is done by leaving out what a plan does not need, which knows more. */
const MAX_DRAWN_TRIES = 200;

/** A run that broke a promise. */
export interface BrokenPromise {
  readonly result: PlanResult;
  readonly violation: Violation;
}

/** The smallest plan that was found to break the same promise; only that one counts, or shrinking would wander off to another failure. */
export async function shrinkFailure(
  drawn: DrawnPlan,
  first: BrokenPromise,
  {
    scenario,
    place,
    onTry,
    signal,
  }: {
    readonly scenario: ScenarioDefinition;
    readonly place: ScenarioPlace;
    readonly onTry: (tries: number) => void;
    /** Ends the search: the smallest so far is the answer. */
    readonly signal?: AbortSignal | undefined;
  },
): Promise<BrokenPromise> {
  let smallest = first;
  let tries = 0;
  const failsAgain = async (plan: Plan): Promise<boolean> => {
    if (signal?.aborted === true) return false;
    tries += 1;
    onTry(tries);
    const result = await playPlan(scenario, plan, place);
    const violation = result.verdict.violations.find((each) => each.invariant === first.violation.invariant);
    if (violation === undefined) return false;
    smallest = { result, violation };
    return true;
  };
  const simplerOf = async (from: DrawnPlan): Promise<DrawnPlan | null> => {
    for (const simpler of from.simpler()) {
      if (tries >= MAX_DRAWN_TRIES) return null;
      if (await failsAgain(simpler.plan)) return simpler;
    }
    return null;
  };
  for (let next = await simplerOf(drawn); next !== null;) next = await simplerOf(next);
  await minimizePlan(smallest.result.plan, failsAgain, { keepsMessages: scenario.ownMessages ?? false });
  return smallest;
}
