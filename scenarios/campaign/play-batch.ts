import { KafkaError } from '../../src/errors.ts';
import { addCounts, noCounts } from '../../testing/report/counts.ts';
import type { Plan } from '../../testing/scenario/plan.ts';
import { hashOf } from '../../testing/simulation/random.ts';
import { guardDeterminism } from '../determinism-guard.ts';
import { decisiveViolation, playPlan, type ScenarioPlace } from '../play-plan.ts';
import type { ScenarioDefinition } from '../scenario-definition.ts';
import type { BatchResult, BrokenRun, Discovery } from './batch.ts';
import { featuresOf } from './features.ts';
import type { PlanSource } from './plan-source.ts';
import { TraceSum } from './trace-sum.ts';

/** Of the runs that break nothing, the first is played twice, and one in so many. */
const SAMPLED_ONE_IN = 50;

export interface PlayBatchOptions {
  readonly scenario: ScenarioDefinition;
  readonly place: ScenarioPlace;
  readonly plans: PlanSource;
  readonly runs: readonly number[];
  /** What is known already: what is seen besides is reported. Null: nobody asks. */
  readonly known: ReadonlySet<string> | null;
}

/** Plays runs by their numbers in this thread, up to the first that breaks. */
export async function playBatch({ scenario, place, plans, runs, known }: PlayBatchOptions): Promise<BatchResult> {
  const sum = new TraceSum();
  const discoveries: Discovery[] = [];
  const seen = new Set<string>();
  let counts = noCounts();
  let played = 0;
  let broken: BrokenRun | null = null;
  let uncontrolled: string | null = null;
  for (const run of runs) {
    let plan = null;
    try {
      plan = plans.draw(run).plan;
      const result = await playPlan(scenario, plan, place);
      played += 1;
      counts = addCounts(counts, result.counts);
      sum.add(run, result.traceHash);
      if (known !== null) {
        const features = featuresOf(result.history).filter((feature) => !known.has(feature) && !seen.has(feature));
        for (const feature of features) seen.add(feature);
        if (features.length > 0) discoveries.push({ run, features });
      }
      const broke = decisiveViolation(scenario, result) !== null;
      const message = broke || isSampled(run) ? await findUncontrolled(scenario, plan, place, result.traceHash) : null;
      uncontrolled ??= message;
      // What does not do the same thing twice says nothing about a handler.
      if (broke) broken = message === null ? { run, error: null, plan, result } : { run, error: { message, code: 'UNCONTROLLED' }, plan };
    } catch (error) {
      broken = {
        run,
        error: {
          message: error instanceof Error ? error.message : String(error),
          code: error instanceof KafkaError ? error.code : null,
          thrown: error,
        },
        plan,
      };
    }
    if (broken !== null) break;
  }
  return { played, counts, traceSum: sum.toString(), broken, uncontrolled, discoveries };
}

/** By its number, so that the same runs are played twice however many workers there are. */
function isSampled(run: number): boolean {
  return run === 0 || hashOf(run, 'played twice') % SAMPLED_ONE_IN === 0;
}

/** Why the run is not controlled, in plain words; null where it is, and in real time, which never does the same thing twice. */
async function findUncontrolled(scenario: ScenarioDefinition, plan: Plan, place: ScenarioPlace, traceHash: string): Promise<string | null> {
  if (place.time === 'real') return null;
  const determinism = await guardDeterminism(scenario, plan, place, traceHash);
  return determinism.controlled ? null : determinism.message;
}
