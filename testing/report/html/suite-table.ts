import type { CampaignReport, ScenarioReport } from '../campaign-report.ts';
import { addCounts, noCounts, type Counts } from '../counts.ts';
import { INVARIANTS } from '../../checker/check-history.ts';
import type { CampaignStory } from '../model/played-plan.ts';
import { visibleText } from '../model/visible-text.ts';
import { html, type Markup } from './markup.ts';
import { brokenPromises, tallyPromises, tallyWords } from './promise-tally.ts';

const COLUMNS: readonly (readonly [title: string, value: (counts: Counts) => number])[] = [
  ['records', (counts) => counts.records],
  ['handler calls', (counts) => counts.deliveries],
  ['Skips', (counts) => counts.skips],
  ['Rejects', (counts) => counts.rejects],
  ['handler failures', (counts) => counts.failures],
  ['commits', (counts) => counts.commits],
  ['rebalances', (counts) => counts.rebalances],
  ['crashes', (counts) => counts.crashes],
  ['faults', (counts) => faultsOf(counts)],
];

/** What was tried, scenario by scenario, and what was looked at on the way. `link` answers the place of a failure in the page. */
export function drawSuite({ report, tries, test }: CampaignStory, link: (name: string) => string | null): Markup {
  const whole =
    test?.source == null
      ? `The whole campaign, seed ${report.seed}, counted as it was played: before anything was made smaller, and without the tries that it took. The other figures of this page are of the small run.`
      : 'Of the one run that was played.';
  const total = report.scenarios.map((scenario) => scenario.counts).reduce(addCounts, noCounts());
  return html`<section class="suite" aria-labelledby="suite-title"><h2 id="suite-title">Everything that was tried</h2>
    <p class="small">${whole}</p>
    <div class="table-scroll" tabindex="0" role="region" aria-label="Table of scenarios"><table class="suite-table" role="table">
      <thead role="rowgroup"><tr role="row">${['Scenario', 'Result'].map((title) => html`<th scope="col" role="columnheader">${title}</th>`)}${['runs', ...COLUMNS.map(([title]) => title)].map((title) => html`<th scope="col" role="columnheader" class="number">${title}</th>`)}</tr></thead>
      <tbody role="rowgroup">
        ${report.scenarios.map((scenario) => scenarioRow(scenario, tries.get(scenario.name) ?? '', link(scenario.name)))}
        ${report.skipped.map(({ name, reason }) => html`<tr role="row"><th scope="row" role="rowheader">${visibleText(name)}</th><td role="cell" class="result" colspan="${COLUMNS.length + 2}">not run: ${visibleText(reason)}</td></tr>`)}
      </tbody>
      ${report.scenarios.length > 1 ? html`<tfoot role="rowgroup"><tr role="row"><th scope="row" role="rowheader">Together</th><td role="cell" class="result"></td>${numberCell('runs', runsOf(report))}${COLUMNS.map(([title, value]) => numberCell(title, value(total)))}</tr></tfoot>` : null}
    </table></div>
    ${faultList(total)}
    ${promiseList(report, total)}
  </section>`;
}

function scenarioRow(scenario: ScenarioReport, tries: string, link: string | null): Markup {
  const result = scenario.passed
    ? html`<span class="held">✓ held</span>`
    : html`<span class="broke">✕ ${scenario.failure?.invariant ?? 'failed'}</span>`;
  return html`<tr role="row" class="${scenario.passed ? '' : 'is-broken'}"><th scope="row" role="rowheader">${visibleText(scenario.name)}<small>${visibleText(tries)}</small></th>
    <td role="cell" class="result">${link === null ? result : html`<a href="#${link}">${result}</a>`}</td>${numberCell('runs', scenario.runs)}
    ${COLUMNS.map(([title, value]) => numberCell(title, value(scenario.counts)))}</tr>`;
}

/** On a narrow screen it stands alone, with its title. */
function numberCell(title: string, value: number): Markup {
  return html`<td role="cell" class="number${value === 0 ? ' zero' : ''}" data-title="${title}">${grouped(value)}</td>`;
}

function faultList(total: Counts): Markup | null {
  const fired = Object.entries(total.faults).filter(([, count]) => count > 0);
  if (fired.length === 0) return null;
  return html`<p class="small">Faults that were felt: ${fired.map(([kind, count], index) => html`${index > 0 ? ', ' : ''}${kind.replaceAll('-', ' ')} ${grouped(count)}`)}.</p>`;
}

/** The promises that were looked at; one that judged nothing has proved nothing. */
function promiseList(report: CampaignReport, total: Counts): Markup {
  const broken = brokenPromises(report);
  return html`<details class="promises"${broken.size === 0 ? html` open` : null}><summary>The promises that were checked: ${tallyWords(tallyPromises(report))}</summary><p class="small">“Times judged” counts how often something in the campaign put the promise to the test. One with nothing to judge was not tested.</p><div class="table-scroll" tabindex="0" role="region" aria-label="Promises that were checked"><table>
    <thead><tr><th scope="col">Promise</th><th scope="col">Result</th><th scope="col" class="number">times judged</th></tr></thead>
    <tbody>${INVARIANTS.map((invariant) => {
      const checked = total.invariants[invariant.name] ?? 0;
      const result = broken.has(invariant.name)
        ? html`<span class="broke">✕ broken</span>`
        : checked === 0
          ? html`<span class="zero">nothing to judge</span>`
          : html`<span class="held">✓ held</span>`;
      return html`<tr><th scope="row"><code>${invariant.name}</code><small>${invariant.promise}</small></th><td>${result}</td><td class="number${checked === 0 ? ' zero' : ''}">${grouped(checked)}</td></tr>`;
    })}</tbody></table></div></details>`;
}

function runsOf(report: CampaignReport): number {
  return report.scenarios.reduce((runs, scenario) => runs + scenario.runs, 0);
}

function faultsOf(counts: Counts): number {
  return Object.values(counts.faults).reduce((total, fired) => total + fired, 0);
}

/** `12 345`, with a narrow space: the same in every locale. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f');
}
