/** Plays one entry of the zoo with one seed: is it caught, in how many runs, how small does it get, and does its twin hold? */
import type { Plan } from '../../testing/scenario/plan.ts';
import { planSteps } from '../../testing/scenario/plan.ts';
import { playPlan, runScenarios, type ScenarioOutcome, type ScenarioPlace } from '../run-scenarios.ts';
import type { ZooEntry } from './zoo-entry.ts';

export interface ZooMeasure {
  readonly seed: number;
  /** Caught within the entry's number of runs, by the invariant that it breaks. */
  readonly caught: boolean;
  /** Runs until it was caught; all of them when it was not. */
  readonly runs: number;
  /** Of the shrunk plan; null when it was not caught. */
  readonly steps: number | null;
  readonly plan: Plan | null;
  readonly message: string | null;
  /** Real milliseconds from the first failure to the smallest plan. */
  readonly shrinkMs: number;
  /** The twin held in the same plans, as many as were played and `twinRuns` at least, and in the shrunk one. */
  readonly twinPassed: boolean;
  /** What the twin did wrong; null when it held. */
  readonly twinMessage: string | null;
}

export interface MeasureOptions {
  readonly place: ScenarioPlace;
  readonly seed: number;
  readonly twinRuns: number;
}

export async function measureEntry(entry: ZooEntry, options: MeasureOptions): Promise<ZooMeasure> {
  const { place, seed, twinRuns } = options;
  let shrinkingSince: number | null = null;
  const { outcomes } = await runScenarios([entry.scenario], {
    place,
    runs: entry.caughtWithin,
    seed,
    onProgress: ({ phase }) => {
      if (phase === 'shrinking') shrinkingSince ??= performance.now();
    },
  });
  const shrinkMs = shrinkingSince === null ? 0 : performance.now() - shrinkingSince;
  const outcome = outcomes[0] as ScenarioOutcome;
  const failure = outcome.report.failure ?? null;
  const caught = failure?.invariant === entry.invariant;
  const plan = caught ? failure.plan : null;
  const twinMessage = await judgeTwin(entry, plan, { ...options, twinRuns: Math.max(twinRuns, outcome.report.runs) });
  return {
    seed,
    caught,
    runs: outcome.report.runs,
    steps: plan === null ? null : planSteps(plan),
    plan,
    message: failure?.message ?? null,
    shrinkMs: Math.round(shrinkMs),
    twinPassed: twinMessage === null,
    twinMessage,
  };
}

/** Null when the twin holds in the same plans: they are drawn from the seed and the scenario's name, so it goes under that name. */
async function judgeTwin(entry: ZooEntry, shrunk: Plan | null, { place, seed, twinRuns }: MeasureOptions): Promise<string | null> {
  const twin = { ...entry.twin, name: entry.scenario.name };
  const { report } = await runScenarios([twin], { place, runs: twinRuns, seed });
  const failure = report.scenarios[0]?.failure;
  if (failure !== undefined) return `${failure.invariant}: ${failure.message} ${JSON.stringify(failure.plan)}`;
  if (shrunk === null) return null;
  const { verdict } = await playPlan(twin, shrunk, place);
  const [violation] = verdict.violations;
  return violation === undefined ? null : `${violation.invariant}: ${violation.message} (in the shrunk plan)`;
}
