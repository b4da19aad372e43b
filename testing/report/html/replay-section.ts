import type { FailureReport, ScenarioReport } from '../campaign-report.ts';
import { failureFileName } from '../failure-file-name.ts';
import type { TestOrigin } from '../model/played-plan.ts';
import { visibleText } from '../model/visible-text.ts';
import { html, type Markup } from './markup.ts';

/** The two ways back: the small run alone, and the campaign that found it. A test that plays what it has saved is the only one. */
export function drawReplay(scenario: ScenarioReport, failure: FailureReport, test: TestOrigin | null, id: string): Markup {
  const isVirtual = scenario.transport === 'memory';
  return html`<section class="replay" aria-labelledby="${id}-replay"><h3 id="${id}-replay">See it again</h3>
    ${test !== null || failure.plan === null ? null : smallRun(scenario, failure, isVirtual, id)}
    ${test === null ? html`<p>${campaignWords(scenario, failure, isVirtual)}</p>` : testWords(test)}
    ${command(failure.replayCommand, `${id}-command`)}
    ${failure.also === undefined || failure.also.length === 0 ? null : html`<p class="small">The same plan also breaks: ${failure.also.map((name, index) => html`${index > 0 ? ', ' : ''}<code>${name}</code>`)}.</p>`}
  </section>`;
}

function testWords({ savedAt }: TestOrigin): Markup {
  if (savedAt === null) return html`<p><b>The test that found it</b>, with the same seed:</p>`;
  return html`<p><b>The small run that this page shows</b> is saved as <code>${visibleText(savedAt)}</code>. While it lies there the test plays it first, the same run, event by event:</p>`;
}

function smallRun({ name }: ScenarioReport, { invariant }: FailureReport, isVirtual: boolean, id: string): Markup {
  const file = failureFileName(name, invariant);
  return html`<p><b>The small run that this page shows:</b> its plan is enough. <code>run --report</code> has saved it beside this page as <code>${file}</code>; or save what stands under “As JSON” in a file of your own.${isVirtual ? ' It is played once, without the rest of the campaign, and is the same run, event by event.' : ' It is played once; a real broker never does the same thing twice.'}</p>
    ${command(`npx kafka-rehearsal replay ${file}`, `${id}-small`)}
    <p class="small">A plan without the rest of the file does not know whose handlers it was played with: with a configuration of your own add <code>--config FILE</code>.</p>`;
}

function campaignWords({ runs }: ScenarioReport, { run, plan }: FailureReport, isVirtual: boolean): Markup {
  const found = html`<b>The campaign that found it:</b>`;
  if (!isVirtual) return html`${found} the same plans again; a real broker answers at other times, so it may take more runs, or hold.`;
  if (plan === null) return html`${found} the same seed draws the same plans, and it breaks in ${runs} ${runs === 1 ? 'run' : 'runs'}.`;
  // What broke before is played alone, before anything is drawn.
  if (run === undefined) return html`<b>An earlier run has found it,</b> and saved it; it was played first, and still breaks:`;
  return html`${found} the same seed draws the same plans; it breaks in run ${run + 1}, and is shrunk to the same small plan.`;
}

/** Words of a command stay whole, and a flag stays with its value. */
function command(text: string, id: string): Markup {
  const parts = visibleText(text).match(/--\S+ [^\s-]\S*|\S+/g) ?? [];
  return html`<div class="command"><code id="${id}">${parts.map((part, index) => html`${index > 0 ? ' ' : ''}<span>${part}</span>`)}</code><button type="button" data-copy="${id}" hidden>Copy</button></div>`;
}
