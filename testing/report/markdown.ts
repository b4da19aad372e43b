/** The report as a summary in GitHub's Markdown: for a step of a workflow, or a comment. */
import type { CampaignReport, FailureReport, ScenarioReport } from './campaign-report.ts';
import { storyLines } from './failure-text.ts';
import { adviceOn } from './model/handler-advice.ts';
import type { CampaignStory } from './model/played-plan.ts';
import { planSteps } from './model/plan-steps.ts';
import { promiseWords } from './model/promise-words.ts';
import { shownSpan } from './model/shown-time.ts';
import { stakeOf } from './model/stake.ts';
import { visibleText } from './model/visible-text.ts';

/** GitHub takes a mebibyte for a step; a summary that long is read by nobody. */
const MAX_FAILURES = 10;

export function renderMarkdown(story: CampaignStory): string {
  const { report } = story;
  const failed = report.scenarios.filter((scenario) => !scenario.passed);
  const runs = report.scenarios.reduce((sum, scenario) => sum + scenario.runs, 0);
  const title = failed.length === 0 ? '✅ Everything held' : `❌ ${failed.length} of ${report.scenarios.length} scenarios failed`;
  const blocks = [
    `## kafka-rehearsal: ${title}`,
    `${runs} ${runs === 1 ? 'run' : 'runs'} in ${shownSpan(report.durationMs)}, seed ${report.seed}.`,
    ...failed.slice(0, MAX_FAILURES).map((scenario) => failureBlock(scenario, story)),
    ...(failed.length > MAX_FAILURES ? [`${failed.length - MAX_FAILURES} more failures are in the table only.`] : []),
    suiteTable(report, story.tries),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function failureBlock(scenario: ScenarioReport, story: CampaignStory): string {
  const { failure } = scenario;
  if (failure === undefined) return `### ${text(scenario.name)} failed`;
  const words = promiseWords(failure.invariant);
  const played = story.failures.get(scenario.name);
  const advice = adviceOn(failure.invariant, played ?? null);
  const stake = played === undefined ? { value: words.cost, condition: null } : stakeOf(played);
  const blocks = [
    `### ${text(scenario.name)}: ${text(words.headline)}`,
    `At stake: **${text(stake.value)}**${stake.condition === null ? '' : ` ${text(stake.condition)}`} (\`${failure.invariant}\`). ${text(failure.message)}`,
    ...(advice === null ? [] : [`**Likely cause:** ${text(advice.cause)}\n\n**Next:** ${text(advice.next)}`]),
    ...(played === undefined ? [] : [fence('text', storyLines(played).join('\n'))]),
    ...(failure.plan === null ? [] : [planBlock(failure.plan)]),
    fence('sh', visibleText(failure.replayCommand)),
  ];
  return blocks.join('\n\n');
}

function planBlock(plan: NonNullable<FailureReport['plan']>): string {
  const { steps, omitted } = planSteps(plan);
  const lines = steps.map(({ words, aside }, index) => `${index + 1}. ${text(words)}${aside === null ? '' : ` (${text(aside)})`}`);
  if (omitted > 0) lines.push(`\nand ${omitted} more`);
  return `<details><summary>The smallest plan that shows it: ${steps.length + omitted} ${steps.length + omitted === 1 ? 'step' : 'steps'}</summary>\n\n${lines.join('\n')}\n\n</details>`;
}

function suiteTable(report: CampaignReport, tries: ReadonlyMap<string, string>): string {
  const rows = report.scenarios.map(({ name, passed, failure, runs, counts }) => {
    const faults = Object.values(counts.faults).reduce((sum, fired) => sum + fired, 0);
    const result = passed ? '✅ held' : `❌ ${failure?.invariant ?? 'failed'}`;
    const figures = [runs, counts.records, counts.deliveries, counts.skips, counts.rejects, counts.rebalances, counts.crashes, faults];
    return `| ${text(name)} | ${text(tries.get(name) ?? '')} | ${result} | ${figures.join(' | ')} |`;
  });
  const skipped = report.skipped.map(({ name, reason }) => `| ${text(name)} | | not run: ${text(reason)} |${' |'.repeat(8)}`);
  return [
    '| Scenario | tries | result | runs | records | calls | Skips | Rejects | rebalances | crashes | faults |',
    '| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
    ...skipped,
  ].join('\n');
}

/** Text that is text: no mark-up, no link, no mention, no HTML, and it stays in its cell. */
function text(given: string): string {
  return visibleText(given)
    .replace(/[\\`*_{}[\]()#+!|~>.-]/g, (character) => `\\${character}`)
    .replace(/[&<]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/@/g, '@\u200b')
    .replace(/:\/\//g, ':\u200b//');
}

/** A fence that is longer than any in the text. */
function fence(language: string, content: string): string {
  const longest = Math.max(2, ...[...content.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}${language}\n${content}\n${ticks}`;
}
