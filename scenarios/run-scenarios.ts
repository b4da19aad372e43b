/** Runs a campaign: every scenario so many times with generated plans, each failure shrunk to a plan that a person can read. */
import { KafkaError } from '../src/errors.ts';
import type { CampaignReport, Demands, FailureReport, ScenarioReport } from '../testing/report/campaign-report.ts';
import type { Counts } from '../testing/report/counts.ts';
import type { BatchPlayer, BrokenRun, RunError } from './campaign/batch.ts';
import type { Corpus } from './campaign/corpus.ts';
import { driveBatches, type DrivenRuns } from './campaign/drive-batches.ts';
import { playBatch } from './campaign/play-batch.ts';
import { PlanSource } from './campaign/plan-source.ts';
import { WHOLE, type Shard } from './campaign/shard.ts';
import { shrinkFailure, type BrokenPromise } from './campaign/shrink-failure.ts';
import type { CampaignModule } from './campaign/worker-messages.ts';
import { WorkerPool } from './campaign/worker-pool.ts';
import { missingOf } from './demands.ts';
import { loadFastCheck, type FastCheckModule } from './load-fast-check.ts';
import { decisiveViolation, playPlan, type ScenarioPlace } from './play-plan.ts';
import type { ScenarioDefinition } from './scenario-definition.ts';

export { decisiveViolation, playPlan } from './play-plan.ts';
export type { ScenarioPlace } from './play-plan.ts';

export interface CampaignOptions {
  readonly place: ScenarioPlace;
  /** Runs of each scenario, 1 to 10,000,000. */
  readonly runs: number;
  readonly seed: number;
  /** Stop at the first scenario that fails. Default false. */
  readonly bail?: boolean;
  /** Real milliseconds for the whole campaign, each scenario with its share; at least one run of each is made. */
  readonly budgetMs?: number | undefined;
  /** Play by worker threads, which load the scenarios by themselves. What comes out is the same. Default: this thread. */
  readonly workers?: { readonly count: number; readonly source: CampaignModule } | undefined;
  /** Play this part of the runs. Default: all of them. */
  readonly shard?: Shard | undefined;
  /** Plans that are played first and started from; what is new is added to it. */
  readonly corpus?: Corpus | undefined;
  /** Interrupts between two runs: what is known so far is reported. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: Progress) => void;
  /** The command that plays a scenario again with its seed. */
  readonly replayCommand?: (scenario: ScenarioDefinition) => string;
}

export interface Progress {
  readonly scenario: ScenarioDefinition;
  readonly phase: 'running' | 'shrinking' | 'done';
  /** Runs so far, or plans tried while shrinking. */
  readonly runs: number;
  readonly counts: Counts;
  readonly report: ScenarioReport | null;
}

/** What came of one scenario: its report, and of a failure the last run of its shrunk plan, for a trace. */
export interface ScenarioOutcome {
  readonly scenario: ScenarioDefinition;
  readonly report: ScenarioReport;
  readonly failed: BrokenPromise | null;
}

export interface CampaignOutcome {
  readonly report: CampaignReport;
  readonly outcomes: readonly ScenarioOutcome[];
}

/** Rejects with PEER_MISSING without fast-check, and with SCENARIO_INVALID for a campaign without scenarios or runs. */
export async function runScenarios(scenarios: readonly ScenarioDefinition[], options: CampaignOptions): Promise<CampaignOutcome> {
  if (scenarios.length === 0) throw new KafkaError('SCENARIO_INVALID', 'There is no scenario to run');
  if (!Number.isSafeInteger(options.runs) || options.runs < 1 || options.runs > 10_000_000) {
    throw new KafkaError('SCENARIO_INVALID', `The number of runs must be a whole number from 1 to 10,000,000, given ${options.runs}`);
  }
  const fc = await loadFastCheck();
  const startedAt = performance.now();
  const outcomes: ScenarioOutcome[] = [];
  const pool = poolOf(options);
  try {
    for (const [index, scenario] of scenarios.entries()) {
      const share = options.budgetMs === undefined ? Number.POSITIVE_INFINITY : (options.budgetMs * (index + 1)) / scenarios.length;
      const outcome = await new ScenarioCampaign(fc, scenario, options, pool, startedAt + share).run();
      outcomes.push(outcome);
      options.onProgress?.({ scenario, phase: 'done', runs: outcome.report.runs, counts: outcome.report.counts, report: outcome.report });
      if ((options.bail === true && !outcome.report.passed) || options.signal?.aborted === true) break;
    }
  } finally {
    await pool?.end();
  }
  const reports = outcomes.map((outcome) => outcome.report);
  const done = new Set(reports.map((report) => report.name));
  const { transport } = options.place;
  const skipped = scenarios
    .filter(({ name }) => !done.has(name))
    .map(({ name }) => ({
      name,
      transport,
      reason: options.signal?.aborted === true ? 'interrupted' : 'an earlier scenario failed (--bail)',
    }));
  const report: CampaignReport = {
    passed: reports.every((each) => each.passed),
    seed: options.seed,
    durationMs: Math.round(performance.now() - startedAt),
    ...(options.shard === undefined ? {} : { shard: options.shard }),
    scenarios: reports,
    skipped,
  };
  return { report, outcomes };
}

/** With a budget in small batches: one that was begun is played to its end. */
const RUNS_FOR_BATCHES_OF_A_BUDGET = 32;

function poolOf({ workers, runs, seed, corpus, place, budgetMs }: CampaignOptions): WorkerPool | null {
  if (workers === undefined || workers.count === 1) return null;
  if (place.time === 'real') throw new KafkaError('CONFIG_INVALID', 'On a real broker scenarios are played by one worker.');
  const sizedFor = budgetMs === undefined ? runs : Math.min(runs, RUNS_FOR_BATCHES_OF_A_BUDGET * workers.count);
  return new WorkerPool(workers.count, sizedFor, {
    source: workers.source,
    seed,
    corpus: corpus?.plans ?? {},
    known: corpus === undefined ? null : corpus.features,
  });
}

/** One scenario of a campaign. */
class ScenarioCampaign {
  readonly #scenario: ScenarioDefinition;
  readonly #options: CampaignOptions;
  readonly #plans: PlanSource;
  readonly #player: BatchPlayer;
  readonly #deadline: number;
  readonly #demands: Demands;
  #driven: DrivenRuns | null = null;

  constructor(fc: FastCheckModule, scenario: ScenarioDefinition, options: CampaignOptions, pool: WorkerPool | null, deadline: number) {
    const { place, seed, corpus } = options;
    this.#scenario = scenario;
    this.#options = options;
    this.#deadline = deadline;
    this.#plans = new PlanSource(fc, scenario, place, seed, corpus?.plans[scenario.name]);
    this.#demands = {
      mustSee: scenario.mustSee,
      ...(scenario.mustFire === undefined ? {} : { mustFire: scenario.mustFire }),
      ...(scenario.facts === undefined ? {} : { facts: scenario.facts }),
    };
    const known = corpus === undefined ? null : new Set(corpus.features[scenario.name] ?? []);
    const plans = this.#plans;
    this.#player = pool ?? { batchSize: 1, concurrency: 1, play: ({ runs }) => playBatch({ scenario, place, plans, runs, known }) };
  }

  async run(): Promise<ScenarioOutcome> {
    const { runs, shard, corpus, signal } = this.#options;
    const scenario = this.#scenario;
    const driven = await driveBatches(this.#player, {
      scenario: scenario.name,
      runs: runs + this.#plans.corpusRuns,
      shard,
      isOver: () => signal?.aborted === true || performance.now() > this.#deadline,
      onBatch: (sofar) => {
        this.#driven = sofar;
        this.#tell('running', sofar.runs);
      },
      onDiscovery: ({ run, features }) => corpus?.discover(scenario.name, features, () => this.#plans.draw(run).plan),
    });
    this.#driven = driven;
    if (driven.broken !== null) return this.#broke(driven.broken);
    const missing = shard === undefined || shard.count === WHOLE.count ? missingOf(this.#demands, driven) : null;
    if (missing === null) return { scenario, report: this.#report(null), failed: null };
    return { scenario, report: this.#report({ invariant: 'vacuous', message: missing, plan: null }), failed: null };
  }

  async #broke({ run, error, plan, result }: BrokenRun): Promise<ScenarioOutcome> {
    const { place, corpus } = this.#options;
    const scenario = this.#scenario;
    if (error !== null) return this.#couldNotRun(run, throwUsersError(error), plan);
    const drawn = this.#plans.draw(run);
    // A worker tells the number only.
    const again = result ?? (await playPlan(scenario, drawn.plan, place));
    const violation = decisiveViolation(scenario, again);
    if (violation === null) {
      const message = `Run ${run} broke a promise and held when it was played again: something in it is not controlled by the rehearsal.`;
      return this.#couldNotRun(run, message, drawn.plan);
    }
    // A real broker is too slow to shrink on, and never does the same thing twice.
    const failed =
      place.time === 'real'
        ? { result: again, violation }
        : await shrinkFailure(
            drawn,
            { result: again, violation },
            { scenario, place, onTry: (tries) => this.#tell('shrinking', tries), signal: this.#options.signal },
          );
    corpus?.addFailure(scenario.name, failed.violation.invariant, failed.result.plan);
    const also = [...new Set(failed.result.verdict.violations.map((each) => each.invariant))].filter(
      (name) => name !== failed.violation.invariant,
    );
    const failure = {
      invariant: failed.violation.invariant,
      message: failed.violation.message,
      plan: failed.result.plan,
      run,
      ...(also.length > 0 ? { also } : {}),
    };
    return { scenario, report: this.#report(failure), failed };
  }

  #couldNotRun(run: number, message: string, plan: FailureReport['plan']): ScenarioOutcome {
    return { scenario: this.#scenario, report: this.#report({ invariant: 'run-failed', message, plan, run }), failed: null };
  }

  #report(failure: Omit<FailureReport, 'replayCommand'> | null): ScenarioReport {
    const { place, seed, shard, replayCommand } = this.#options;
    const { runs, counts, traceSum, uncontrolled } = this.#driven as DrivenRuns;
    const { name } = this.#scenario;
    return {
      name,
      transport: place.transport,
      runs,
      passed: failure === null,
      traceHash: place.time === 'virtual' ? traceSum : null,
      counts,
      ...(uncontrolled === null ? {} : { uncontrolled }),
      // Judged when the shards are joined.
      ...(shard === undefined || shard.count === WHOLE.count ? {} : { demands: this.#demands }),
      ...(failure === null
        ? {}
        : {
            failure: {
              ...failure,
              replayCommand: replayCommand?.(this.#scenario) ?? `kafka-rehearsal run --seed ${seed} --filter ${name}`,
            },
          }),
    };
  }

  #tell(phase: 'running' | 'shrinking', runs: number): void {
    const counts = (this.#driven as DrivenRuns).counts;
    this.#options.onProgress?.({ scenario: this.#scenario, phase, runs, counts, report: null });
  }
}

/** What is wrong with the scenario's own code ends the campaign; of anything else the message. */
function throwUsersError({ message, code, thrown }: RunError): string {
  if (code !== 'SCENARIO_THREW' && code !== 'SCENARIO_INVALID') return message;
  throw thrown ?? new KafkaError(code, message);
}
