import { KafkaError } from '../src/errors.ts';
import { availableParallelism } from 'node:os';
import { Corpus } from '../scenarios/campaign/corpus.ts';
import {
  runScenarios,
  type CampaignOptions,
  type CampaignOutcome,
  type Progress,
  type ScenarioOutcome,
} from '../scenarios/run-scenarios.ts';
import { FAILURE_DIRECTORY } from '../scenarios/saved-failure.ts';
import type { ScenarioDefinition } from '../scenarios/scenario-definition.ts';
import { paletteFor } from '../testing/report/palette.ts';
import { renderFailure, renderSummary, scenarioLine, scenarioNameWidth } from '../testing/report/terminal.ts';
import { campaignModule, scenariosOf } from './campaign-source.ts';
import { replayEarlier, type StillBroken } from './earlier-failures.ts';
import { EXIT } from './exit-status.ts';
import { loadConfig } from './load-config.ts';
import { openPlace, type OpenPlace } from './open-place.ts';
import { ProgressLine } from './progress.ts';
import type { RunFlags } from './run-options.ts';
import { saveFailure } from './save-failure.ts';
import { shellWord } from './shell-word.ts';
import { appendStepSummary, openReportDirectory, saveReports, storyOf } from './save-reports.ts';

const MEMORY_RUNS = 400;
const KAFKA_RUNS = 4;
/** With a budget alone, time is what ends it. */
const MAX_RUNS = 10_000_000;
/** Of all scenarios together. */
const LONG_RUNS = 1_000;
const LONG_BUDGET_MS = 10_000;

/** Runs a campaign and prints its report. Resolves with the exit status. */
export async function runCommand(configPath: string | undefined, flags: RunFlags): Promise<number> {
  const config = await loadConfig(configPath);
  const { all, onDemand } = scenariosOf(config);
  const chosen = choose(all, onDemand, flags.filter);
  if (flags.list === true) {
    for (const scenario of chosen)
      process.stdout.write(flags.json === true ? '' : `${scenario.name.padEnd(scenarioNameWidth(chosen))} ${scenario.tries}\n`);
    if (flags.json === true) process.stdout.write(`${JSON.stringify(chosen.map(({ name, tries }) => ({ name, tries })))}\n`);
    return EXIT.held;
  }
  if (flags.report !== undefined) await openReportDirectory(flags.report);
  const open = await openPlace(flags.transport, flags.brokers);
  try {
    return await campaign(chosen, open, flags, config);
  } finally {
    await open.close();
  }
}

async function campaign(
  scenarios: readonly ScenarioDefinition[],
  open: OpenPlace,
  flags: RunFlags,
  config: Awaited<ReturnType<typeof loadConfig>>,
): Promise<number> {
  const seed = flags.seed ?? Math.floor(Math.random() * 1_000_000);
  const byBudget = flags.budget !== undefined && open.place.time === 'virtual' ? MAX_RUNS : null;
  const runs = flags.runs ?? byBudget ?? (open.place.time === 'real' ? KAFKA_RUNS : (config?.rehearsal.runs ?? MEMORY_RUNS));
  const palette = paletteFor(process.stdout);
  const nameWidth = scenarioNameWidth(scenarios);
  const say = (line: string): void => {
    if (flags.json !== true) process.stdout.write(`${line}\n`);
  };
  const repeat = commandOf(flags, config?.path ?? null, seed, runs);
  const line = new ProgressLine(process.stderr, runs === MAX_RUNS ? null : runs);
  const interrupt = new AbortController();
  const onInterrupt = (): void => interrupt.abort();
  process.once('SIGINT', onInterrupt);
  say(
    `${palette.strong('kafka-rehearsal')} plays ${config === null ? 'the built-in suite' : config.path} on ${open.description}, seed ${seed}`,
  );
  if (config !== null && config.rehearsal.topics.length > 0)
    say(
      palette.faint(
        `  topics ${config.rehearsal.topics.join(', ')}; in front of your handlers, some records are skipped, fail or are slow at first`,
      ),
    );
  say('');
  // What broke before is tried first: with handlers that are still being mended, that is the question.
  const startedAt = performance.now();
  const earlier =
    config === null || open.place.time === 'real'
      ? NOTHING_EARLIER
      : await replayEarlier(scenarios, open.place, config.path, interrupt.signal);
  for (const { path, outcome: each } of earlier.broken) {
    say(scenarioLine(each.report, `what broke before still does: ${path}`, nameWidth, palette));
  }
  const earlierMs = Math.round(performance.now() - startedAt);
  const unbroken = scenarios.filter((scenario) => !earlier.broken.some(({ outcome: each }) => each.scenario === scenario));
  const corpus = flags.corpus === undefined ? undefined : await Corpus.open(flags.corpus);
  const workers = workersFor(flags, open, runs * scenarios.length);
  let outcome: CampaignOutcome;
  try {
    outcome = await runUnbroken(unbroken, earlier.broken, earlierMs, {
      place: open.place,
      runs,
      seed,
      bail: flags.bail === true,
      budgetMs: flags.budget,
      ...(workers === 1 ? {} : { workers: { count: workers, source: campaignModule(config) } }),
      shard: flags.shard,
      corpus,
      signal: interrupt.signal,
      replayCommand: (scenario) => repeat(scenario.name),
      onProgress: (progress: Progress) => {
        line.see(progress);
        if (progress.report === null) return;
        line.clear();
        say(scenarioLine(progress.report, progress.scenario.tries, nameWidth, palette));
      },
    });
  } finally {
    line.clear();
    process.off('SIGINT', onInterrupt);
  }
  const found = (await corpus?.save()) ?? 0;
  const tries = new Map(scenarios.map((scenario) => [scenario.name, scenario.tries]));
  const story = storyOf(outcome, tries);
  const page = flags.report === undefined ? null : await saveReports(flags.report, story);
  const stepSummary = process.env['GITHUB_STEP_SUMMARY'];
  if (stepSummary !== undefined && stepSummary !== '') await appendStepSummary(stepSummary, story);
  for (const { report, failed } of outcome.outcomes) {
    if (report.failure === undefined) continue;
    // What was saved by an earlier run lies there already.
    const isEarlier = earlier.broken.some(({ outcome: each }) => each.report === report);
    const isForNextRun = !isEarlier && config !== null && open.place.time === 'virtual';
    const directories = [...(isForNextRun ? [FAILURE_DIRECTORY] : []), ...(flags.report === undefined ? [] : [flags.report])];
    let saved: string | null = null;
    for (const directory of directories)
      saved = await saveFailure(directory, report.failure, config?.path ?? null, failed?.result.traceHash ?? null);
    for (const text of renderFailure(report, report.failure, seenOf({ failed }), saved, palette)) say(text);
  }
  for (const text of renderSummary(outcome.report, { tries, place: open.description, command: repeat(flags.filter ?? null) }, palette))
    say(text);
  if (flags.corpus !== undefined) say(`${flags.corpus}: ${found} plans that show something new were added.`);
  if (page !== null) say(`The report to look at: ${page}`);
  if (flags.json === true) process.stdout.write(`${JSON.stringify(outcome.report)}\n`);
  if (interrupt.signal.aborted) process.stderr.write('Interrupted: the report is of what had been run until then.\n');
  return outcome.report.passed ? EXIT.held : EXIT.broken;
}

const NOTHING_EARLIER = { tried: 0, broken: [] } as const;

/** A campaign of the scenarios that are left, with what still breaks in its report. */
async function runUnbroken(
  scenarios: readonly ScenarioDefinition[],
  broken: readonly StillBroken[],
  earlierMs: number,
  options: CampaignOptions,
): Promise<CampaignOutcome> {
  const earlier = broken.map(({ outcome }) => outcome);
  const empty: CampaignOutcome = { report: { passed: true, seed: options.seed, durationMs: 0, scenarios: [], skipped: [] }, outcomes: [] };
  const { report, outcomes } = scenarios.length === 0 && broken.length > 0 ? empty : await runScenarios(scenarios, options);
  return {
    report: {
      ...report,
      durationMs: report.durationMs + earlierMs,
      passed: report.passed && broken.length === 0,
      scenarios: [...earlier.map((outcome) => outcome.report), ...report.scenarios],
    },
    outcomes: [...earlier, ...outcomes],
  };
}

function seenOf({ failed }: Pick<ScenarioOutcome, 'failed'>): Parameters<typeof renderFailure>[2] {
  return failed === null ? null : { history: failed.result.history, violation: failed.violation };
}

/** Worker threads pay for themselves in a campaign of some size. Undefined: this thread alone. */
function workersFor(flags: RunFlags, open: OpenPlace, runs: number): number {
  if (open.place.time === 'real') return flags.workers ?? 1;
  const isLong = runs >= LONG_RUNS || (flags.runs === undefined && (flags.budget ?? 0) >= LONG_BUDGET_MS);
  return flags.workers ?? (isLong ? availableParallelism() : 1);
}

/** By a part of the name. Some are there to be chosen, and never run by themselves. */
function choose(
  all: readonly ScenarioDefinition[],
  onDemand: readonly ScenarioDefinition[],
  filter: string | undefined,
): readonly ScenarioDefinition[] {
  if (filter === undefined) return all;
  const exact = [...all, ...onDemand].filter((scenario) => scenario.name === filter);
  const chosen = exact.length > 0 ? exact : [...all, ...onDemand].filter((scenario) => scenario.name.includes(filter));
  if (chosen.length === 0)
    throw new KafkaError(
      'CONFIG_INVALID',
      `--filter ${filter} matches no scenario; there are ${[...all, ...onDemand].map(({ name }) => name).join(', ')}.`,
    );
  return chosen;
}

function commandOf(flags: RunFlags, config: string | null, seed: number, runs: number): (filter: string | null) => string {
  // In a clone the first command is `npm start`, which has the configuration already.
  const byNpmStart = process.env['npm_lifecycle_event'] === 'start';
  const parts = [byNpmStart ? 'npm start --' : 'npx kafka-rehearsal run'];
  if (config !== null && !byNpmStart) parts.push(shellWord(config));
  parts.push(`--seed ${seed}`);
  return (filter) =>
    [
      ...parts,
      ...(filter === null ? [] : [`--filter ${shellWord(filter)}`]),
      // With a budget alone the number is only what nobody reaches.
      ...(runs === MAX_RUNS && flags.budget !== undefined ? [`--budget ${flags.budget}ms`] : [`--runs ${runs}`]),
      ...(flags.shard === undefined ? [] : [`--shard ${flags.shard.index}/${flags.shard.count}`]),
      ...(flags.transport === 'memory' ? [] : [`--transport ${flags.transport}`]),
      ...(flags.brokers === undefined ? [] : [`--brokers ${flags.brokers.join(',')}`]),
    ].join(' ');
}
