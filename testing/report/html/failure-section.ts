import type { FailureReport, ScenarioReport } from '../campaign-report.ts';
import { buildLaneModel } from '../model/build-lane-model.ts';
import type { LaneModel } from '../model/lane-model.ts';
import { memberName } from '../model/mark.ts';
import type { PlayedPlan } from '../model/played-plan.ts';
import { planSteps } from '../model/plan-steps.ts';
import { promiseWords } from '../model/promise-words.ts';
import { shownTime } from '../model/shown-time.ts';
import { tellStory, type StoryStep } from '../model/story.ts';
import { visibleText } from '../model/visible-text.ts';
import { drawChart } from './chart.ts';
import { drawLegend } from './legend.ts';
import { html, type Markup } from './markup.ts';
import { drawSnapshot } from './snapshot.ts';

export interface DrawnFailure {
  readonly markup: Markup;
  readonly style: string;
  /** What the page's script shows in the panel of details, in the order of `data-index`. */
  readonly data: FailureData;
}

export interface FailureData {
  readonly id: string;
  readonly marks: readonly MarkData[];
  readonly violation: number;
  readonly plan: unknown;
}

export interface MarkData {
  readonly time: string;
  readonly sentence: string;
  readonly details: readonly (readonly [string, string])[];
  readonly violates: boolean;
  readonly row: string;
}

/** One broken promise, told from the top: what, when, what it costs; then lanes, plan, table and the command. */
export function drawFailure(
  scenario: ScenarioReport,
  failure: FailureReport,
  played: PlayedPlan | null,
  tries: string | null,
  id: string,
): DrawnFailure {
  const words = promiseWords(failure.invariant);
  const timeWords = scenario.transport === 'kafkajs' ? 'time' : 'virtual time';
  const model = played === null ? null : buildLaneModel(played);
  const chart = model === null ? null : drawChart(model, id, timeWords);
  const marks = model === null ? [] : dataOf(model, id);
  const violation = Math.max(
    0,
    marks.findIndex((mark) => mark.violates),
  );
  const markup = html`
  <article class="failure" id="${id}" aria-labelledby="${id}-title">
    <header class="failure-head">
      <p class="eyebrow"><span class="badge">✕ ${badgeOf(failure.invariant)}</span><code>${failure.invariant}</code><span class="eyebrow-in">scenario <b>${visibleText(scenario.name)}</b>${tries === null ? '' : `: ${visibleText(tries)}`}</span></p>
      <h2 id="${id}-title">${words.headline}</h2>
      <p class="lede">${visibleText(failure.message)}</p>
      ${played === null ? null : facts(played, words.cost)}
    </header>
    ${played === null ? null : storyAndMoment(played, words, id)}
    ${model === null || chart === null ? null : lanesAndPlan(model, chart.markup, marks[violation] ?? null, failure, id, timeWords)}
    ${played === null && failure.plan !== null ? planColumn(failure, id) : null}
    ${model === null ? null : eventTable(model, id)}
    <section class="replay" aria-labelledby="${id}-replay"><h3 id="${id}-replay">See it again</h3>
      <p>The same seed gives the same run, event by event.</p>
      ${command(failure.replayCommand, id)}
      ${failure.also === undefined || failure.also.length === 0 ? null : html`<p class="small">The same plan also breaks: ${failure.also.map((name, index) => html`${index > 0 ? ', ' : ''}<code>${name}</code>`)}.</p>`}
    </section>
  </article>`;
  return { markup, style: chart?.style ?? '', data: { id, marks, violation, plan: failure.plan } };
}

function badgeOf(name: FailureReport['invariant']): string {
  return name === 'run-failed' ? 'No result' : name === 'vacuous' ? 'No proof' : 'Broken promise';
}

function facts({ history, violation }: PlayedPlan, cost: string): Markup {
  const isLate = violation.event >= history.events.length;
  const many = (count: number, noun: string): string => (count === 1 ? noun : `${noun}s`);
  return html`<dl class="facts">
    ${fact('What it costs', cost, null, 'fact-cost')}
    ${fact('When', shownTime(violation.at), isLate ? 'when the run was over' : 'after the run began')}
    ${fact('Where', `${visibleText(violation.topic)}-${violation.partition}`, `topic ${visibleText(violation.topic)}, partition ${violation.partition}`)}
    ${violation.offsets.length === 0 ? null : fact(many(violation.offsets.length, 'Record'), violation.offsets.join(', '), `${many(violation.offsets.length, 'offset')} in the partition`)}
    ${violation.members.length === 0 ? null : fact(many(violation.members.length, 'Member'), violation.members.map((name) => visibleText(name)).join(', '), violation.members.map(lifeWords).join(', '))}
  </dl>`;
}

/** `a#2` is member a after its second start. */
function lifeWords(incarnation: string): string {
  const name = memberName(incarnation);
  return name === incarnation
    ? 'one consumer of the group'
    : `consumer ${visibleText(name)}, start no. ${visibleText(incarnation.slice(name.length + 1))}`;
}

function fact(name: string, value: string, small: string | null, kind = ''): Markup {
  return html`<div class="fact ${kind}"><dt>${name}</dt><dd>${value}${small === null ? null : html`<small>${small}</small>`}</dd></div>`;
}

function storyAndMoment(played: PlayedPlan, words: ReturnType<typeof promiseWords>, id: string): Markup {
  return html`<div class="columns">
    <section class="story" aria-labelledby="${id}-story"><h3 id="${id}-story">What happened</h3>
      <ol>${tellStory(played).map(storyStep)}</ol>
    </section>
    <div class="moment">
      ${drawSnapshot(played, id)}
      <section class="rule"><h3>The promise</h3><p>${words.rule}</p><h3>What it means in production</h3><p>${words.consequence}</p></section>
    </div>
  </div>`;
}

function storyStep({ at, sentence, tone }: StoryStep): Markup {
  return html`<li class="step step-${tone}"><time>${shownTime(at)}</time><p>${tone === 'violation' ? html`<strong class="step-tag">The promise breaks.</strong> ` : null}${sentence}</p></li>`;
}

function lanesAndPlan(
  model: LaneModel,
  chart: Markup,
  first: MarkData | null,
  failure: FailureReport,
  id: string,
  timeWords: string,
): Markup {
  return html`<section class="lanes" aria-labelledby="${id}-lanes">
    <h3 id="${id}-lanes">Lanes over ${timeWords}</h3>
    <p class="small">Time runs from left to right; busy moments are spread out, quiet stretches shortened. Point at a mark, or move through them with the arrow keys.</p>
    <div class="lanes-and-plan">
      <div class="lanes-column">
        ${chart}
        <div class="detail" id="${id}-detail" role="status" aria-live="polite">${first === null ? null : detailOf(first)}</div>
        ${drawLegend(model)}
        ${leftOut(model)}
      </div>
      ${planColumn(failure, id)}
    </div>
  </section>`;
}

function detailOf(mark: MarkData): Markup {
  return html`<p class="detail-time">${mark.time}</p><p class="detail-sentence">${mark.violates ? html`<strong>The promise broke here.</strong> ` : null}${mark.sentence}</p>
    <dl class="detail-list">${mark.details.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function leftOut({ omitted }: LaneModel): Markup | null {
  if (omitted.marks === 0 && omitted.lanes === 0) return null;
  return html`<p class="small left-out">Left out here: ${omitted.marks} marks and ${omitted.lanes} lanes, farthest from the broken promise. Replay the run to see all of it.</p>`;
}

function planColumn({ plan }: FailureReport, id: string): Markup | null {
  if (plan === null) return null;
  const { steps, setting, omitted, ending } = planSteps(plan);
  return html`<aside class="plan" aria-labelledby="${id}-plan"><h3 id="${id}-plan">The plan that was played</h3>
    <p class="small">The smallest that was found to show it: ${steps.length + omitted} ${steps.length + omitted === 1 ? 'step' : 'steps'}.</p>
    <ol>${steps.map((step) => html`<li class="plan-${step.kind}"><span>${step.words}</span>${step.aside === null ? null : html`<small>${step.aside}</small>`}</li>`)}</ol>
    ${omitted > 0 ? html`<p class="small">and ${omitted} more</p>` : null}
    <p class="plan-ending">${ending}</p>
    <p class="small">${setting}.</p>
    <details><summary>As JSON</summary><pre tabindex="0">${visibleText(JSON.stringify(plan, null, 1), { limit: 20_000, lines: true })}</pre></details>
  </aside>`;
}

function eventTable(model: LaneModel, id: string): Markup {
  return html`<details class="events" id="${id}-events"><summary>Everything in the lanes, as a table</summary>
    <div class="table-scroll" tabindex="0" role="region" aria-label="Everything in the lanes, as a table"><table>
      <thead><tr><th scope="col">Time</th><th scope="col">Member</th><th scope="col">What happened</th></tr></thead>
      <tbody>${model.marks.map(
        (mark) =>
          html`<tr id="${id}-e${mark.event}" class="${mark.violates ? 'violates' : ''}"><td class="number">${shownTime(mark.at)}</td><td>${mark.member === null ? '' : visibleText(mark.member)}</td><td>${mark.violates ? html`<strong>The promise broke here.</strong> ` : null}${mark.sentence}</td></tr>`,
      )}</tbody></table></div></details>`;
}

function command(text: string, id: string): Markup {
  return html`<div class="command"><code id="${id}-command">${visibleText(text)}</code><button type="button" data-copy="${id}-command" hidden>Copy</button></div>`;
}

function dataOf(model: LaneModel, id: string): readonly MarkData[] {
  return model.marks.map((mark) => ({
    time: mark.until === null || mark.until === mark.at ? shownTime(mark.at) : `${shownTime(mark.at)} to ${shownTime(mark.until)}`,
    sentence: mark.sentence,
    details: mark.details,
    violates: mark.violates,
    row: `${id}-e${mark.event}`,
  }));
}
