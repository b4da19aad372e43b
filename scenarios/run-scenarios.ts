/** Runs a campaign: every scenario so many times with generated plans, each failure shrunk to a plan that a person can read. */
import { createHash } from 'node:crypto';
import type { RunDetails } from 'fast-check';
import { KafkaError } from '../src/errors.ts';
import type { Violation } from '../testing/checker/violation.ts';
import type { Plan, PlanConfig } from '../testing/scenario/plan.ts';
import { parsePlan } from '../testing/scenario/parse-plan.ts';
import type { Venue } from '../testing/venue.ts';
import type { CampaignReport, FailureReport, ScenarioReport, TransportName } from '../testing/report/campaign-report.ts';
import { addCounts, noCounts, type Counts } from '../testing/report/counts.ts';
import { loadFastCheck, type FastCheckModule } from './load-fast-check.ts';
import { missingOf } from './demands.ts';
import { withJudgement } from './judgement.ts';
import { minimizePlan } from './minimize-plan.ts';
import { runPlan, type PlanResult } from './run-plan.ts';
import type { ScenarioDefinition, Stageability } from './scenario-definition.ts';
import { paceOf } from './venue-pace.ts';

/** What a venue of virtual time is told of the run besides its configuration. */
export interface VenueRun {
  /** The plan's choices. */
  readonly choices?: readonly number[];
  /** How many events the trace keeps. */
  readonly traceLimit?: number;
  /** Settings of its brokers. */
  readonly brokerConfig?: NonNullable<ScenarioDefinition['brokerConfig']>;
}

/** Where plans are played. */
export interface Stageplace extends Stageability {
  readonly transport: TransportName;
  /** A new venue for one plan. */
  openVenue(config: PlanConfig, run?: VenueRun): Promise<Venue>;
}

export interface CampaignOptions {
  readonly place: Stageplace;
  /** Runs of each scenario, 1 to 10,000,000. */
  readonly runs: number;
  readonly seed: number;
  /** Stop at the first scenario that fails. Default false. */
  readonly bail?: boolean;
  /** No new run begins after so many real milliseconds; at least one run of each scenario is made. */
  readonly budgetMs?: number | undefined;
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

/** Plans that fast-check may try while it shrinks. */
const MAX_SHRINK_TRIES = 200;

/** What came of one scenario: its report, and of a failure the last run of its shrunk plan, for a trace. */
export interface ScenarioOutcome {
  readonly scenario: ScenarioDefinition;
  readonly report: ScenarioReport;
  readonly failed: { readonly result: PlanResult; readonly violation: Violation } | null;
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
  for (const scenario of scenarios) {
    const outcome = await runScenario(fc, scenario, options, startedAt);
    outcomes.push(outcome);
    options.onProgress?.({ scenario, phase: 'done', runs: outcome.report.runs, counts: outcome.report.counts, report: outcome.report });
    if ((options.bail === true && !outcome.report.passed) || options.signal?.aborted === true) break;
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
    scenarios: reports,
    skipped,
  };
  return { report, outcomes };
}

/** Plays one plan of a scenario; the venue is closed afterwards. */
export async function playPlan(scenario: ScenarioDefinition, plan: Plan, place: Stageplace): Promise<PlanResult> {
  const result = await playUnjudged(scenario, plan, place);
  if (scenario.judge === undefined) return result;
  return withJudgement(result, await scenario.judge({ result, place, play: (other) => playUnjudged(scenario, other, place) }));
}

async function playUnjudged(scenario: ScenarioDefinition, plan: Plan, place: Stageplace): Promise<PlanResult> {
  const venue = await place.openVenue(plan.config, { choices: plan.choices, brokerConfig: scenario.brokerConfig ?? {} });
  try {
    return await runPlan(parsePlan(plan), {
      venue,
      subject: scenario.subject,
      handlers: (world, life) => scenario.handlers(world, paceOf(venue), life),
      hazard: scenario.hazard,
      outputs: scenario.outputs,
      deadLetterTopic: scenario.deadLetterTopic,
    });
  } finally {
    await venue.close();
  }
}

/** The violation that counts for this scenario: the worst, or the one that it is about. */
export function decisiveViolation(scenario: ScenarioDefinition, result: PlanResult): Violation | null {
  const { violations } = result.verdict;
  return (scenario.about === undefined ? violations[0] : violations.find((violation) => violation.invariant === scenario.about)) ?? null;
}

async function runScenario(
  fc: FastCheckModule,
  scenario: ScenarioDefinition,
  options: CampaignOptions,
  startedAt: number,
): Promise<ScenarioOutcome> {
  const { place } = options;
  const tally = new Tally();
  const report = (passed: boolean, failure?: FailureReport): ScenarioReport => ({
    name: scenario.name,
    transport: place.transport,
    runs: tally.runs,
    passed,
    traceHash: place.time === 'virtual' ? tally.traceHash() : null,
    counts: tally.counts,
    ...(failure === undefined ? {} : { failure }),
  });
  const replayCommand = options.replayCommand?.(scenario) ?? `kafka-rehearsal run --seed ${options.seed} --filter ${scenario.name}`;
  const failing = new FailingRun(scenario, place);
  let unplayable: Unplayable | null = null;
  const isOver = (): boolean =>
    unplayable !== null ||
    (tally.runs > 0 &&
      (options.signal?.aborted === true || (options.budgetMs !== undefined && performance.now() - startedAt > options.budgetMs)));
  const property = fc.asyncProperty(scenario.plans(fc, place), async (plan) => {
    if (failing.first !== null) {
      options.onProgress?.({ scenario, phase: 'shrinking', runs: failing.tries, counts: tally.counts, report: null });
      // What is left is done by leaving out what a plan does not need, which knows more than fast-check.
      if (failing.tries >= MAX_SHRINK_TRIES) return true;
      // Only the same broken promise counts: else shrinking would wander off to another failure.
      return !(await failing.failsAgain(plan));
    }
    // With no skip allowed, fast-check ends here instead of drawing the plans that are left.
    fc.pre(!isOver());
    let result: PlanResult;
    try {
      result = await playPlan(scenario, plan, place);
    } catch (error) {
      // Nothing to shrink: what could not be played is no broken promise.
      unplayable = { error, plan };
      return true;
    }
    tally.add(result);
    options.onProgress?.({ scenario, phase: 'running', runs: tally.runs, counts: tally.counts, report: null });
    return !failing.isFirst(result);
  });
  const seed = scenarioSeed(options.seed, scenario.name);
  // A real broker is too slow to shrink on, and never does the same thing twice.
  const details: RunDetails<[Plan]> = await fc.check(property, {
    seed,
    numRuns: options.runs,
    maxSkipsPerRun: 0,
    endOnFailure: place.time === 'real',
  });
  const { error, plan } = (unplayable as Unplayable | null) ?? {
    error: details.errorInstance,
    plan: details.counterexample?.[0] ?? null,
  };
  if (error instanceof KafkaError && (error.code === 'SCENARIO_THREW' || error.code === 'SCENARIO_INVALID')) throw error;
  if (failing.first === null && error !== null && error !== undefined) {
    const message = error instanceof Error ? error.message : String(error);
    return { scenario, report: report(false, { invariant: 'run-failed', message, plan, replayCommand }), failed: null };
  }
  if (failing.first === null) {
    const missing = missingOf(scenario, tally);
    if (missing === null) return { scenario, report: report(true), failed: null };
    return { scenario, report: report(false, { invariant: 'vacuous', message: missing, plan: null, replayCommand }), failed: null };
  }
  if (place.time === 'virtual')
    await failing.minimize(() =>
      options.onProgress?.({ scenario, phase: 'shrinking', runs: failing.tries, counts: tally.counts, report: null }),
    );
  const { result, violation } = failing.smallest();
  const also = [...new Set(result.verdict.violations.map((each) => each.invariant))].filter((name) => name !== violation.invariant);
  const failure: FailureReport = {
    invariant: violation.invariant,
    message: violation.message,
    plan: result.plan,
    replayCommand,
    ...(also.length > 0 ? { also } : {}),
  };
  return { scenario, report: report(false, failure), failed: { result, violation } };
}

/** A plan that could not be played at all. */
interface Unplayable {
  readonly error: unknown;
  readonly plan: Plan;
}

/** Sums up the runs of one scenario. */
class Tally {
  runs = 0;
  counts: Counts = noCounts();
  readonly #hash = createHash('sha256');

  add(result: PlanResult): void {
    this.runs += 1;
    this.counts = addCounts(this.counts, result.counts);
    this.#hash.update(result.traceHash);
  }

  traceHash(): string {
    return this.#hash.copy().digest('hex').slice(0, 16);
  }
}

/** The failure of a scenario on its way to the smallest plan that shows it. */
class FailingRun {
  first: { readonly result: PlanResult; readonly violation: Violation } | null = null;
  tries = 0;
  readonly #scenario: ScenarioDefinition;
  readonly #place: Stageplace;
  #smallest: { readonly result: PlanResult; readonly violation: Violation } | null = null;

  constructor(scenario: ScenarioDefinition, place: Stageplace) {
    this.#scenario = scenario;
    this.#place = place;
  }

  /** True when this run is the first that fails. */
  isFirst(result: PlanResult): boolean {
    const violation = decisiveViolation(this.#scenario, result);
    if (violation === null) return false;
    this.first = { result, violation };
    this.#smallest = this.first;
    return true;
  }

  /** Whether the plan breaks the same promise; then it is the smallest so far. */
  async failsAgain(plan: Plan): Promise<boolean> {
    this.tries += 1;
    const result = await playPlan(this.#scenario, plan, this.#place);
    const violation = result.verdict.violations.find((each) => each.invariant === this.first?.violation.invariant);
    if (violation === undefined) return false;
    this.#smallest = { result, violation };
    return true;
  }

  async minimize(onTry: () => void): Promise<void> {
    const fails = (candidate: Plan): Promise<boolean> => {
      onTry();
      return this.failsAgain(candidate);
    };
    await minimizePlan(this.smallest().result.plan, fails, { keepsMessages: this.#scenario.ownMessages ?? false });
  }

  smallest(): { readonly result: PlanResult; readonly violation: Violation } {
    if (this.#smallest === null) throw new Error('No run has failed');
    return this.#smallest;
  }
}

/** Each scenario draws from a seed of its own, so that a filter changes nothing in the others. */
function scenarioSeed(seed: number, name: string): number {
  return createHash('sha256').update(`${seed}/${name}`).digest().readInt32BE();
}
