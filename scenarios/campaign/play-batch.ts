import { KafkaError } from '../../src/errors.ts';
import { addCounts, noCounts } from '../../testing/report/counts.ts';
import { decisiveViolation, playPlan, type Stageplace } from '../play-plan.ts';
import type { ScenarioDefinition } from '../scenario-definition.ts';
import type { BatchResult, BrokenRun, Discovery } from './batch.ts';
import { featuresOf } from './features.ts';
import type { PlanSource } from './plan-source.ts';
import { TraceSum } from './trace-sum.ts';

export interface PlayBatchOptions {
  readonly scenario: ScenarioDefinition;
  readonly place: Stageplace;
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
      if (decisiveViolation(scenario, result) !== null) broken = { run, error: null, plan, result };
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
  return { played, counts, traceSum: sum.toString(), broken, discoveries };
}
