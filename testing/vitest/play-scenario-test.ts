import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'vitest';
import { memoryPlace } from '../../scenarios/memory-place.ts';
import { distributionOf } from '../../scenarios/own/distribution.ts';
import { causeOf } from '../../scenarios/own/judge-run.ts';
import type { ScenarioOptions } from '../../scenarios/own/scenario-options.ts';
import { decisiveViolation, playPlan, runScenarios } from '../../scenarios/run-scenarios.ts';
import type { PlanResult } from '../../scenarios/run-plan.ts';
import type { ScenarioDefinition } from '../../scenarios/scenario-definition.ts';
import { earlierFailures, FAILURE_DIRECTORY, failureFiles, loadFailure, writeFailure } from '../../scenarios/saved-failure.ts';
import { KafkaError } from '../../src/errors.ts';
import type { Violation } from '../checker/violation.ts';
import type { ScenarioReport } from '../report/campaign-report.ts';
import { slugOf } from '../report/failure-file-name.ts';
import { renderPage } from '../report/html/page.ts';
import type { PlayedPlan } from '../report/model/played-plan.ts';
import type { Plan } from '../scenario/plan.ts';
import { parsePlan } from '../scenario/parse-plan.ts';
import { plainText } from './plain-text.ts';
import { ScenarioFailure } from './scenario-failure.ts';

/** Real time after the runs, for making a failure small. */
export const SHRINK_ALLOWANCE_MS = 60_000;
/** Of it, for what comes then. */
const LAST_MS = 5_000;

export interface ScenarioTest {
  readonly scenario: ScenarioDefinition;
  readonly budgetMs: number;
  readonly seed?: number | undefined;
  readonly examples?: string | URL | readonly (string | URL | Plan)[];
  /** Nothing is generated. */
  readonly onlyExamples?: boolean;
  readonly directory?: string | undefined;
  readonly distribution?: boolean | undefined;
  readonly classify?: ScenarioOptions<never>['classify'];
  /** A line of a stack. */
  readonly definedAt: string | null;
}

/** A plan that is played before any is generated. */
interface Saved {
  readonly plan: Plan;
  /** Where it comes from, for people. */
  readonly source: string;
  readonly path: string | null;
}

/** Plays a scenario as a test; rejects with a ScenarioFailure where something broke, with a KafkaError where the scenario itself is wrong. */
export async function playScenarioTest(planned: ScenarioTest, context: TestContext): Promise<void> {
  try {
    await play(planned, context);
  } catch (error) {
    // The runner shows the first place of a stack: the scenario, and what it threw as the cause.
    if (error instanceof KafkaError && planned.definedAt !== null && OWN_FAULT.includes(error.code))
      error.stack = `${error.name}: ${error.message}\n${planned.definedAt}`;
    throw error;
  }
}

const OWN_FAULT: readonly string[] = ['SCENARIO_INVALID', 'SCENARIO_THREW'];

async function play(planned: ScenarioTest, context: TestContext): Promise<void> {
  const { scenario, budgetMs } = planned;
  const examples = await examplesOf(planned);
  const earlier = planned.onlyExamples === true ? [] : await earlierFailures(failureDirectory(planned), scenario.name);
  const saved = [...examples, ...earlier.map(({ plan, path }) => ({ plan, path, source: `${shown(path)}, saved by an earlier run` }))];
  for (const each of saved) await playSaved(planned, each, context);
  if (planned.onlyExamples === true) return;

  const seed = planned.seed ?? seedOfEnvironment() ?? Math.floor(Math.random() * 1_000_000);
  const runs = scenario.runs ?? 1;
  if (planned.distribution ?? process.env['KAFKA_REHEARSAL_DISTRIBUTION'] === '1') await tellDistribution(planned, seed, runs);
  const outOfTime = AbortSignal.timeout(budgetMs + SHRINK_ALLOWANCE_MS - LAST_MS);
  const { report, outcomes } = await runScenarios([scenario], {
    place: memoryPlace,
    runs,
    seed,
    budgetMs,
    signal: AbortSignal.any([context.signal, outOfTime]),
    replayCommand: () => replayCommand(context, seed),
  });
  const [played] = report.scenarios;
  if (played === undefined) return;
  if (played.failure !== undefined) {
    const failed = outcomes[0]?.failed ?? null;
    await fail(planned, played, failed, { seed, source: null, path: null, durationMs: report.durationMs }, context);
  }
  if (played.runs < runs)
    await context.annotate(`${played.runs} of ${runs} runs in the ${budgetMs} ms of its budget; seed ${seed}`, 'warning');
}

async function playSaved(planned: ScenarioTest, { plan, source, path }: Saved, context: TestContext): Promise<void> {
  const { scenario } = planned;
  const result = await playPlan(scenario, { ...plan, scenario: scenario.name }, memoryPlace);
  const violation = decisiveViolation(scenario, result);
  if (violation === null) return;
  const report: ScenarioReport = {
    name: scenario.name,
    transport: 'memory',
    runs: 1,
    passed: false,
    traceHash: result.traceHash,
    counts: result.counts,
    failure: { invariant: violation.invariant, message: violation.message, plan: result.plan, replayCommand: replayCommand(context, null) },
  };
  await fail(planned, report, { result, violation }, { seed: null, source, path, durationMs: 0 }, context);
}

interface Circumstances {
  readonly seed: number | null;
  /** Of a saved plan; null for one that was generated. */
  readonly source: string | null;
  readonly path: string | null;
  readonly durationMs: number;
}

async function fail(
  planned: ScenarioTest,
  report: ScenarioReport,
  failed: { readonly result: PlanResult; readonly violation: Violation } | null,
  circumstances: Circumstances,
  context: TestContext,
): Promise<never> {
  const { scenario } = planned;
  if (report.failure === undefined) throw new Error('Nothing has failed');
  // What is saved is tried first: then no seed is needed.
  const failure = failed === null ? report.failure : { ...report.failure, replayCommand: replayCommand(context, null) };
  const played: PlayedPlan | null =
    failed === null ? null : { plan: failed.result.plan, history: failed.result.history, violation: failed.violation };
  let savedAt = circumstances.path;
  if (savedAt === null && failed !== null) {
    savedAt = await writeFailure(failureDirectory(planned), {
      invariant: failure.invariant,
      message: failure.message,
      config: null,
      test: shown(context.task.file.filepath),
      traceHash: failed.result.traceHash,
      plan: failed.result.plan,
    });
  }
  const pages = join(planned.directory ?? DEFAULT_DIRECTORY, 'reports');
  const page = join(pages, `${slugOf(scenario.name)}.html`);
  await mkdir(pages, { recursive: true });
  const story = {
    report: {
      passed: false,
      seed: circumstances.seed ?? 0,
      durationMs: circumstances.durationMs,
      scenarios: [{ ...report, failure }],
      skipped: [],
    },
    tries: new Map([[scenario.name, scenario.tries]]),
    failures: new Map(played === null ? [] : [[scenario.name, played]]),
    test: { savedAt: savedAt === null ? null : shown(savedAt), source: circumstances.source },
  };
  await writeFile(page, renderPage(story));
  await context.annotate(`What happened, as a page: ${shown(page)}`, 'notice', { path: page, contentType: 'text/html' });
  throw new ScenarioFailure(
    plainText({
      report,
      failure,
      played,
      seed: circumstances.seed,
      source: circumstances.source,
      savedAt: savedAt === null ? null : shown(savedAt),
      page: shown(page),
    }),
    {
      invariant: failure.invariant,
      plan: failure.plan,
      cause: failed === null ? undefined : causeOf(failed.violation),
      definedAt: planned.definedAt,
    },
  );
}

const DEFAULT_DIRECTORY = FAILURE_DIRECTORY.replace(/\/[^/]*$/, '');

function failureDirectory({ directory }: ScenarioTest): string {
  return directory === undefined ? FAILURE_DIRECTORY : join(directory, 'failures');
}

async function examplesOf({ examples = [], scenario }: ScenarioTest): Promise<readonly Saved[]> {
  const given = typeof examples === 'string' || examples instanceof URL ? [examples] : examples;
  const saved: Saved[] = [];
  for (const each of given) {
    if (typeof each !== 'string' && !(each instanceof URL)) {
      saved.push({ plan: parsePlan(each, 'an example'), source: `example ${saved.length + 1}`, path: null });
      continue;
    }
    const path = typeof each === 'string' ? each : fileURLToPath(each);
    const isDirectory = await stat(path).then(
      (stats) => stats.isDirectory(),
      () => false,
    );
    for (const file of isDirectory ? await failureFiles(path) : [path]) {
      const { plan } = await loadFailure(file);
      // A directory may hold those of several scenarios; a file that is named is meant.
      if (!isDirectory || plan.scenario === scenario.name) saved.push({ plan, source: shown(file), path: file });
    }
  }
  return saved;
}

function seedOfEnvironment(): number | null {
  const text = process.env['KAFKA_REHEARSAL_SEED'];
  if (text === undefined || text === '') return null;
  const seed = Number(text);
  if (!Number.isSafeInteger(seed) || seed < 0 || seed > 4_294_967_295)
    throw new RangeError(`KAFKA_REHEARSAL_SEED is ${JSON.stringify(text)}, expected a whole number from 0 to 4294967295`);
  return seed;
}

async function tellDistribution(planned: ScenarioTest, seed: number, runs: number): Promise<void> {
  const lines = await distributionOf(planned.scenario, memoryPlace, { runs, seed, classify: planned.classify });
  // Vitest shows it with the test's name.
  process.stdout.write(`${planned.scenario.name}: what was generated\n${lines.join('\n')}\n`);
}

function replayCommand({ task }: TestContext, seed: number | null): string {
  const command = `npx vitest run ${shown(task.file.filepath)} -t ${quoted(task.name)}`;
  return seed === null ? command : `KAFKA_REHEARSAL_SEED=${seed} ${command}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** From the working directory on, where it lies there. */
function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}
