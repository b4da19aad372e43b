/** The report for a person: what was tried, what held, what it means; or what broke, how to see it, how to repeat it. */
import { INVARIANTS } from '../checker/check-history.ts';
import type { History } from '../checker/history.ts';
import { INVARIANT_NAMES, type Violation } from '../checker/violation.ts';
import type { CampaignReport, FailureReport, ScenarioReport } from './campaign-report.ts';
import { addCounts, noCounts, type Counts } from './counts.ts';
import { describePlan, describeSize } from './describe-plan.ts';
import { countedFaults } from './fault-counts.ts';
import { laneTrace } from './lane-trace.ts';
import type { Palette } from './palette.ts';
import { handlerAdvice } from './model/handler-advice.ts';
import { promiseWords } from './model/promise-words.ts';
import { visibleText } from './model/visible-text.ts';
import { plural, showCount, showDuration } from './show-text.ts';

const TEXT_WIDTH = 96;
const LEAST_NAME_WIDTH = 16;

/** What is checked in every scenario of one's own, besides what it says itself. */
const OWN_PROMISES = ['tombstones-handled', 'ends-in-consume', 'same-as-calm'] as const;

export interface CampaignContext {
  /** What a scenario tries, by its name. */
  readonly tries: ReadonlyMap<string, string>;
  /** Where it was played, such as `in-memory Kafka in virtual time`. */
  readonly place: string;
  /** The command that repeats all of it. */
  readonly command: string;
}

/** Below each other, whatever their users have called them. */
export function scenarioNameWidth(scenarios: readonly { readonly name: string }[]): number {
  return Math.max(LEAST_NAME_WIDTH, ...scenarios.map(({ name }) => name.length));
}

/** One line for a scenario that is done. */
export function scenarioLine(report: ScenarioReport, tries: string, nameWidth: number, palette: Palette): string {
  const mark = report.passed ? palette.good('✓') : palette.bad('✗');
  const line = `  ${mark} ${palette.strong(report.name.padEnd(nameWidth))} ${plural(report.runs, 'run').padStart(10)}`;
  return tries === '' ? line : `${line}   ${palette.faint(tries)}`;
}

/** The end of a campaign. */
export function renderSummary(report: CampaignReport, context: CampaignContext, palette: Palette): readonly string[] {
  const counts = report.scenarios.map((scenario) => scenario.counts).reduce(addCounts, noCounts());
  const runs = report.scenarios.reduce((sum, scenario) => sum + scenario.runs, 0);
  const lines = ['', palette.strong('What was tried'), ...whatWasTried(counts, runs, context.place)];
  for (const { name, reason } of report.skipped) lines.push(`  ${name} was not run: ${reason}`);
  const broken = report.scenarios.filter((scenario) => !scenario.passed);
  if (broken.length === 0)
    lines.push(
      '',
      palette.strong('What held, every time'),
      ...whatHeld(counts, palette),
      '',
      palette.strong('What it means for your offsets'),
      ...whatItMeans(counts),
    );
  const verdict =
    broken.length === 0 ? palette.good('Everything held.') : palette.bad(`Broken: ${broken.map((scenario) => scenario.name).join(', ')}.`);
  lines.push(
    '',
    `${palette.strong(verdict)} ${plural(runs, 'run')} in ${showDuration(report.durationMs)}, seed ${report.seed}. The same again: ${context.command}`,
  );
  return lines;
}

/** A failure: the promise, the smallest plan, what happened, how to repeat it. */
export function renderFailure(
  report: ScenarioReport,
  failure: FailureReport,
  seen: { readonly history: History; readonly violation: Violation } | null,
  saved: string | null,
  palette: Palette,
): readonly string[] {
  const after = failure.plan === null ? '' : ` in run ${showCount(report.runs)}`;
  const lines = ['', `${palette.bad('✗')} ${palette.strong(`${report.name}: ${failure.invariant}`)}${after}`, ''];
  lines.push(...wrapText(visibleText(failure.message), TEXT_WIDTH).map((line) => `  ${line}`));
  const promise = INVARIANTS.find((invariant) => invariant.name === failure.invariant)?.promise;
  if (promise !== undefined) lines.push('', ...wrapText(`The promise: ${promise}`, TEXT_WIDTH).map((line) => palette.faint(`  ${line}`)));
  const advice = seen === null ? null : handlerAdvice(seen.history, seen.violation);
  if (advice !== null)
    for (const text of [`Likely cause: ${advice.cause}`, `Next: ${advice.next}`])
      lines.push('', ...wrapText(text, TEXT_WIDTH).map((line) => `  ${line}`));
  if (failure.also !== undefined) lines.push(palette.faint(`  The same plan also breaks: ${failure.also.join(', ')}.`));
  if (failure.plan !== null) {
    lines.push(
      '',
      palette.strong(`  The smallest plan that shows it: ${describeSize(failure.plan)}`),
      ...describePlan(failure.plan).map((line) => `  ${line}`),
    );
  }
  if (seen !== null) lines.push('', palette.strong('  What happened'), ...laneTrace(seen.history, seen.violation, palette));
  lines.push('', `  Again:  ${failure.replayCommand}`);
  if (saved !== null) lines.push(`          npx kafka-rehearsal replay ${saved}`);
  return lines;
}

function whatWasTried(counts: Counts, runs: number, place: string): readonly string[] {
  const lines = [
    `  ${plural(runs, 'scenario')} on ${place}: ${plural(counts.records, 'record')} (${plural(counts.tombstones, 'tombstone')}), ${plural(counts.deliveries, 'handler call')}`,
    `  The handlers: ${plural(counts.skips, 'Skip')}, ${plural(counts.rejects, 'Reject')}, ${plural(counts.failures, 'throw')}`,
    `  The group: ${plural(counts.rebalances, 'rebalance')}, ${plural(counts.crashes, 'crash', 'crashes')}, ${plural(counts.commits, 'commit')}`,
  ];
  return [
    ...lines,
    ...countedFaults(counts.faults).flatMap((text) => wrapText(glueNumbers(text), TEXT_WIDTH).map((line) => `  ${unglue(line)}`)),
  ];
}

/** No line ends between a number and what it counts. */
function glueNumbers(text: string): string {
  return text.replaceAll(/(\d) /g, '$1\u00a0');
}

function unglue(text: string): string {
  return text.replaceAll('\u00a0', ' ');
}

function whatHeld(counts: Counts, palette: Palette): readonly string[] {
  const checker = INVARIANT_NAMES.map((name): readonly [string, number] => [
    INVARIANTS.find((invariant) => invariant.name === name)?.promise ?? '',
    counts.invariants[name],
  ]);
  const own = Object.entries(counts.ownChecks).map(([name, checks]): readonly [string, number] => [
    (OWN_PROMISES as readonly string[]).includes(name) ? promiseWords(name).rule : visibleText(name),
    checks,
  ]);
  // What had nothing to judge has proved nothing.
  return [...checker, ...own].flatMap(([promise, checks]) => (checks === 0 ? [] : heldLines(promise, checks, palette)));
}

function heldLines(promise: string, checks: number, palette: Palette): readonly string[] {
  const [first = '', ...rest] = wrapText(promise, TEXT_WIDTH - 24);
  return [
    `  ${palette.good('✓')} ${first.padEnd(TEXT_WIDTH - 22)} ${palette.faint(`${showCount(checks)} ${checks === 1 ? 'check' : 'checks'}`)}`,
    ...rest.map((line) => `    ${line}`),
  ];
}

function whatItMeans(counts: Counts): readonly string[] {
  const interrupted = counts.crashes + counts.rebalances;
  const text =
    `A record that your handler skipped, or failed on, was never committed past${interrupted > 0 ? `, through ${plural(counts.rebalances, 'rebalance')} and ${plural(counts.crashes, 'crash', 'crashes')}` : ''}: ` +
    'a restart, a deployment or a crash gives it to a handler again. What was consumed or rejected was committed in time. ' +
    `Kafka promises at-least-once: of ${showCount(counts.deliveries)} calls ${showCount(counts.redeliveries)} were for a record that a handler had seen before, each for a reason; ` +
    'a handler that must not act twice keeps context.id.';
  return wrapText(text, TEXT_WIDTH).map((line) => `  ${line}`);
}

function wrapText(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(' ')) {
    if (current !== '' && current.length + 1 + word.length > width) {
      lines.push(current);
      current = word;
    } else current = current === '' ? word : `${current} ${word}`;
  }
  return [...lines, current];
}
