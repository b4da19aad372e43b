import { createHash } from 'node:crypto';
import type { CampaignReport } from '../campaign-report.ts';
import type { CampaignStory } from '../model/played-plan.ts';
import { shownSpan } from '../model/shown-time.ts';
import { visibleText } from '../model/visible-text.ts';
import { drawFailure, type DrawnFailure } from './failure-section.ts';
import { html, scriptJson, type Markup } from './markup.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { PAGE_STYLE } from './page-style.ts';
import { tallyPromises, tallyWords } from './promise-tally.ts';
import { drawSuite, grouped } from './suite-table.ts';

/** Failures that are drawn; the table has the others too. */
const MAX_FAILURES = 20;

/**
 * The report as one page that needs nothing else: no network, no fonts, no build. What it may run and how it may look is
 * fixed by hashes in its own policy, so text from a topic cannot become a program. The same story gives the same page.
 */
export function renderPage(story: CampaignStory): string {
  const { report } = story;
  const failed = report.scenarios.filter((scenario) => scenario.failure !== undefined);
  const ids = new Map(failed.slice(0, MAX_FAILURES).map((scenario, index) => [scenario.name, `f${index}`]));
  const failures = failed.slice(0, MAX_FAILURES).flatMap((scenario): DrawnFailure[] => {
    if (scenario.failure === undefined) return [];
    const id = ids.get(scenario.name) ?? 'f0';
    return [drawFailure(scenario, scenario.failure, story, id)];
  });
  const style = [PAGE_STYLE, ...failures.map((failure) => failure.style)].join('\n');
  const policy = `default-src 'none'; style-src '${hashOf(style)}'; script-src '${hashOf(PAGE_SCRIPT)}'; base-uri 'none'; form-action 'none'`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${titleOf(report)}</title>
<style>${raw(style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
${banner(story, failed.length)}
<main id="main">
${failed.length > 1 ? contents(failed, ids) : null}
${failures.map((failure) => failure.markup)}
${failed.length > MAX_FAILURES ? html`<p class="small left-out">${failed.length - MAX_FAILURES} more failures are in the table only.</p>` : null}
${drawSuite(story, (name) => ids.get(name) ?? null)}
</main>
<footer><p>Made by kafka-rehearsal. Times are virtual: milliseconds of the simulated clock since the run began, the same in every replay${report.scenarios.some((each) => each.traceHash === null) ? '; on a real broker they are real, and differ' : ''}.</p></footer>
<script type="application/json" id="report-data">${scriptJson(failures.map((failure) => failure.data))}</script>
<script>${raw(PAGE_SCRIPT)}</script>
</body>
</html>
`;
  return page.markup;
}

function banner({ report, test }: CampaignStory, broken: number): Markup {
  const runs = report.scenarios.reduce((sum, scenario) => sum + scenario.runs, 0);
  const transport = report.scenarios[0]?.transport === 'kafkajs' ? 'real Kafka' : 'a simulated Kafka';
  const count = report.scenarios.length;
  const figures =
    test?.source == null
      ? `The campaign: ${grouped(runs)} ${runs === 1 ? 'run' : 'runs'} in ${shownSpan(report.durationMs)}, seed ${report.seed}.`
      : `Nothing was generated: this is ${visibleText(test.source)}.`;
  return html`<header class="banner ${broken === 0 ? 'banner-held' : 'banner-broken'}"><div class="banner-in">
    <p class="product">kafka-rehearsal</p>
    <h1>${broken === 0 ? html`<span class="sign" aria-hidden="true">✓</span> Everything held` : html`<span class="sign" aria-hidden="true">✕</span> ${broken} of ${count} ${count === 1 ? 'scenario' : 'scenarios'} ${isBroken(report) ? 'broke a promise' : 'gave no proof'}`}</h1>
    <p class="about">A Kafka consumer was rehearsed on ${transport}, under generated trouble, and every run was judged. ${broken === 0 ? '' : html`What broke was made smaller; this page shows the smallest run that still breaks. `}<span class="figures">${figures}</span> Promises: ${tallyWords(tallyPromises(report))}.</p>
  </div></header>`;
}

/** A promise was broken; not merely nothing shown. */
function isBroken(report: CampaignReport): boolean {
  return report.scenarios.some(
    ({ failure }) => failure !== undefined && failure.invariant !== 'vacuous' && failure.invariant !== 'run-failed',
  );
}

function contents(failed: CampaignReport['scenarios'], ids: ReadonlyMap<string, string>): Markup {
  return html`<nav class="contents" aria-label="Failures"><ul>${failed
    .slice(0, MAX_FAILURES)
    .map(
      ({ name, failure }) =>
        html`<li><a href="#${ids.get(name) ?? ''}">${visibleText(name)}</a> <code>${failure?.invariant ?? ''}</code></li>`,
    )}</ul></nav>`;
}

function titleOf(report: CampaignReport): string {
  const broken = report.scenarios.filter((scenario) => !scenario.passed);
  return broken.length === 0
    ? 'Everything held – kafka-rehearsal'
    : `${broken.length} broken: ${visibleText(broken.map(({ name }) => name).join(', '), { limit: 80 })} – kafka-rehearsal`;
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/** Our own style and script: not from outside, so not escaped; escaping would change what the hash is of. */
function raw(text: string): Markup {
  return { markup: text };
}
