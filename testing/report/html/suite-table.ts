import type { CampaignReport, ScenarioReport } from '../campaign-report.ts';
import { addCounts, noCounts, type Counts } from '../counts.ts';
import { INVARIANTS } from '../../checker/check-history.ts';
import { visibleText } from '../model/visible-text.ts';
import { html, type Markup } from './markup.ts';

const COLUMNS: readonly (readonly [title: string, value: (counts: Counts) => number])[] = [
  ['records', (counts) => counts.records],
  ['calls', (counts) => counts.deliveries],
  ['Skips', (counts) => counts.skips],
  ['Rejects', (counts) => counts.rejects],
  ['failures', (counts) => counts.failures],
  ['commits', (counts) => counts.commits],
  ['rebalances', (counts) => counts.rebalances],
  ['crashes', (counts) => counts.crashes],
  ['faults', (counts) => faultsOf(counts)],
];

/** What was tried, scenario by scenario, and what was looked at on the way. `link` answers the place of a failure in the page. */
export function drawSuite(report: CampaignReport, tries: ReadonlyMap<string, string>, link: (name: string) => string | null): Markup {
  const total = report.scenarios.map((scenario) => scenario.counts).reduce(addCounts, noCounts());
  return html`<section class="suite" aria-labelledby="suite-title"><h2 id="suite-title">Everything that was tried</h2>
    <div class="table-scroll" tabindex="0" role="region" aria-label="Table of scenarios"><table>
      <thead><tr><th scope="col">Scenario</th><th scope="col">Result</th><th scope="col" class="number">runs</th>${COLUMNS.map(([title]) => html`<th scope="col" class="number">${title}</th>`)}</tr></thead>
      <tbody>
        ${report.scenarios.map((scenario) => scenarioRow(scenario, tries.get(scenario.name) ?? '', link(scenario.name)))}
        ${report.skipped.map(({ name, reason }) => html`<tr><th scope="row">${visibleText(name)}</th><td colspan="${COLUMNS.length + 2}">not run: ${visibleText(reason)}</td></tr>`)}
      </tbody>
      ${report.scenarios.length > 1 ? html`<tfoot><tr><th scope="row">Together</th><td></td><td class="number">${sum(report)}</td>${COLUMNS.map(([, value]) => html`<td class="number">${grouped(value(total))}</td>`)}</tr></tfoot>` : null}
    </table></div>
    ${faultList(total)}
    ${promiseList(report, total)}
  </section>`;
}

function scenarioRow(scenario: ScenarioReport, tries: string, link: string | null): Markup {
  const result = scenario.passed
    ? html`<span class="held">✓ held</span>`
    : html`<span class="broke">✕ ${scenario.failure?.invariant ?? 'failed'}</span>`;
  return html`<tr class="${scenario.passed ? '' : 'is-broken'}"><th scope="row">${visibleText(scenario.name)}<small>${visibleText(tries)}</small></th>
    <td>${link === null ? result : html`<a href="#${link}">${result}</a>`}</td><td class="number">${grouped(scenario.runs)}</td>
    ${COLUMNS.map(([, value]) => html`<td class="number${value(scenario.counts) === 0 ? ' zero' : ''}">${grouped(value(scenario.counts))}</td>`)}</tr>`;
}

function faultList(total: Counts): Markup | null {
  const fired = Object.entries(total.faults).filter(([, count]) => count > 0);
  if (fired.length === 0) return null;
  return html`<p class="small">Faults that were felt: ${fired.map(([kind, count], index) => html`${index > 0 ? ', ' : ''}${kind.replaceAll('-', ' ')} ${grouped(count)}`)}.</p>`;
}

/** The promises that were looked at; one that judged nothing has proved nothing. */
function promiseList(report: CampaignReport, total: Counts): Markup {
  const broken = new Set(
    report.scenarios.flatMap((scenario) =>
      scenario.failure === undefined ? [] : [scenario.failure.invariant as string, ...(scenario.failure.also ?? [])],
    ),
  );
  return html`<details class="promises"${broken.size === 0 ? html` open` : null}><summary>The promises that were checked</summary><div class="table-scroll" tabindex="0" role="region" aria-label="Promises that were checked"><table>
    <thead><tr><th scope="col">Promise</th><th scope="col">Result</th><th scope="col" class="number">times checked</th></tr></thead>
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

function sum(report: CampaignReport): string {
  return grouped(report.scenarios.reduce((runs, scenario) => runs + scenario.runs, 0));
}

function faultsOf(counts: Counts): number {
  return Object.values(counts.faults).reduce((total, fired) => total + fired, 0);
}

/** `12 345`, with a narrow space: the same in every locale. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f');
}
