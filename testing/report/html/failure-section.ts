import type { FailureReport, ScenarioReport } from '../campaign-report.ts';
import { adviceOn } from '../model/handler-advice.ts';
import { buildLaneModel } from '../model/build-lane-model.ts';
import type { LaneModel } from '../model/lane-model.ts';
import { memberName } from '../model/mark.ts';
import type { CampaignStory, PlayedPlan, TestOrigin } from '../model/played-plan.ts';
import { planSteps } from '../model/plan-steps.ts';
import { breakWords, markTime } from '../model/mark-words.ts';
import { promiseWords } from '../model/promise-words.ts';
import { stakeOf } from '../model/stake.ts';
import { shownTime } from '../model/shown-time.ts';
import { stepTime, tellStory, type StoryStep } from '../model/story.ts';
import { visibleText } from '../model/visible-text.ts';
import { drawChart } from './chart.ts';
import { drawLegend } from './legend.ts';
import { html, type Markup } from './markup.ts';
import { drawReplay } from './replay-section.ts';
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
  /** What belongs into view together with the violation; the violation itself where there is no such mark. */
  readonly lead: number;
}

export interface MarkData {
  readonly time: string;
  readonly sentence: string;
  readonly details: readonly (readonly [string, string])[];
  /** Null unless the promise broke here. */
  readonly broke: string | null;
  readonly row: string;
}

const MAX_PLAN_TEXT = 20_000;
/** Letters of a time that have room in the narrow column: `to 59.999 s`. */
const SHORT_TIME = 11;

/** One broken promise, told from the top: what, when, what it costs; then lanes, plan, table and the command. */
export function drawFailure(scenario: ScenarioReport, failure: FailureReport, story: CampaignStory, id: string): DrawnFailure {
  const played = story.failures.get(scenario.name) ?? null;
  const tries = story.tries.get(scenario.name) ?? null;
  const test = story.test ?? null;
  const plan = planColumn(failure, test, id);
  const words = promiseWords(failure.invariant);
  const timeWords = scenario.transport === 'kafkajs' ? 'time' : 'virtual time';
  const model = played === null ? null : buildLaneModel(played);
  const chart = model === null ? null : drawChart(model, id, timeWords);
  const marks = model === null ? [] : dataOf(model, id);
  const violation = Math.max(
    0,
    marks.findIndex((mark) => mark.broke !== null),
  );
  const lead = model?.marks.findIndex((mark) => mark.event === model.lead) ?? -1;
  const markup = html`
  <article class="failure" id="${id}" aria-labelledby="${id}-title">
    <header class="failure-head">
      <p class="eyebrow"><span class="badge">✕ ${badgeOf(failure.invariant)}</span><code>${failure.invariant}</code><span class="eyebrow-in">scenario <b>${visibleText(scenario.name)}</b>${tries === null ? '' : `: ${visibleText(tries)}`}</span></p>
      <h2 id="${id}-title">${words.headline}</h2>
      <p class="lede">${visibleText(failure.message)}</p>
      ${played === null ? null : facts(played)}
      ${advice(failure, played)}
    </header>
    ${played === null ? null : storyAndMoment(played, words, id)}
    ${model === null || chart === null ? null : lanesAndPlan(model, chart.markup, marks[violation] ?? null, plan, id, timeWords)}
    ${played === null ? plan : null}
    ${model === null ? null : eventTable(model, id)}
    ${drawReplay(scenario, failure, test, id)}
  </article>`;
  return { markup, style: chart?.style ?? '', data: { id, marks, violation, lead: lead < 0 ? violation : lead } };
}

function badgeOf(name: FailureReport['invariant']): string {
  return name === 'run-failed' ? 'No result' : name === 'vacuous' ? 'No proof' : 'Broken promise';
}

function advice({ invariant }: FailureReport, played: PlayedPlan | null): Markup | null {
  const words = adviceOn(invariant, played);
  if (words === null) return null;
  return html`<dl class="advice"><div><dt>Likely cause</dt><dd>${words.cause}</dd></div><div><dt>Next</dt><dd>${words.next}</dd></div></dl>`;
}

function facts(played: PlayedPlan): Markup {
  const { history, violation } = played;
  const stake = stakeOf(played);
  const isLate = violation.event >= history.events.length;
  const many = (count: number, noun: string): string => (count === 1 ? noun : `${noun}s`);
  return html`<dl class="facts">
    ${fact('At stake', stake.value, stake.condition, 'fact-cost')}
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
  const steps = tellStory(played);
  const isLong = steps.some((step) => stepTime(step).length > SHORT_TIME);
  return html`<div class="columns">
    <section class="story${isLong ? ' story-long' : ''}" aria-labelledby="${id}-story"><h3 id="${id}-story">What happened</h3>
      <ol>${steps.map(storyStep)}</ol>
    </section>
    <div class="moment">
      ${drawSnapshot(played, id)}
      <section class="rule"><h3>The promise</h3><p>${words.rule}</p><h3>What it means in production</h3><p>${words.consequence}</p></section>
    </div>
  </div>`;
}

const STEP_TAGS: Readonly<Partial<Record<StoryStep['tone'], string>>> = { violation: 'The promise breaks.', risk: 'At risk.' };

function storyStep(step: StoryStep): Markup {
  const { sentence, tone } = step;
  const tag = STEP_TAGS[tone];
  return html`<li class="step step-${tone}"><time>${stepTime(step)}</time><p>${tag === undefined ? null : html`<strong class="step-tag">${tag}</strong> `}${sentence}</p></li>`;
}

function lanesAndPlan(model: LaneModel, chart: Markup, first: MarkData | null, plan: Markup | null, id: string, timeWords: string): Markup {
  return html`<section class="lanes" aria-labelledby="${id}-lanes">
    <h3 id="${id}-lanes">Lanes over ${timeWords}</h3>
    <p class="small">Time runs from left to right; busy moments are spread out, quiet stretches shortened. Point at a mark or tap it, or move through them with the arrow keys.</p>
    <div class="lanes-and-plan">
      <div class="lanes-column">
        ${chart}
        <div class="detail" id="${id}-detail" role="status" aria-live="polite">${first === null ? null : detailOf(first)}</div>
        ${drawLegend(model, id)}
        ${leftOut(model)}
      </div>
      ${plan}
    </div>
  </section>`;
}

function detailOf(mark: MarkData): Markup {
  return html`<p class="detail-time">${mark.time}</p><p class="detail-sentence">${mark.broke === null ? null : html`<strong>${mark.broke}</strong> `}${mark.sentence}</p>
    <dl class="detail-list">${mark.details.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function leftOutWords({ marks, lanes }: LaneModel['omitted']): string {
  return [
    ...(marks === 0 ? [] : [`${marks} ${marks === 1 ? 'mark' : 'marks'}`]),
    ...(lanes === 0 ? [] : [`${lanes} ${lanes === 1 ? 'lane' : 'lanes'}`]),
  ].join(' and ');
}

function leftOut({ omitted }: LaneModel): Markup | null {
  if (omitted.marks === 0 && omitted.lanes === 0) return null;
  return html`<p class="small left-out">Left out here: ${leftOutWords(omitted)}, farthest from the broken promise. Replay the run to see all of it.</p>`;
}

function planColumn({ plan }: FailureReport, test: TestOrigin | null, id: string): Markup | null {
  if (plan === null) return null;
  const { steps, setting, omitted, ending } = planSteps(plan);
  return html`<aside class="plan" aria-labelledby="${id}-plan"><h3 id="${id}-plan">The plan that was played</h3>
    <p class="small">The smallest that was found to show it: ${steps.length + omitted} ${steps.length + omitted === 1 ? 'step' : 'steps'}. All times and pictures above are of this one small run.</p>
    <ol>${steps.map((step) => html`<li class="plan-${step.kind}"><span>${step.words}</span>${step.aside === null ? null : html`<small>${step.aside}</small>`}</li>`)}</ol>
    ${omitted > 0 ? html`<p class="small">and ${omitted} more</p>` : null}
    <p class="plan-ending">${ending}</p>
    <p class="small">${setting}. The run’s own seed is ${plan.config.seed}: the campaign drew it from its seed, and the plan has it in it.</p>
    ${planJson(JSON.stringify(plan, null, 1), test, id)}
  </aside>`;
}

/** A plan that is cut can be read, and not be played. */
function planJson(text: string, test: TestOrigin | null, id: string): Markup {
  const isWhole = text.length <= MAX_PLAN_TEXT;
  const use =
    test === null
      ? html`Save it as a file, and play it with <code>kafka-rehearsal replay FILE</code>.`
      : html`Saved as a file it can be kept as one of the scenario’s <code>examples</code>, or with <code>regressions</code>.`;
  const elsewhere =
    test?.savedAt == null ? 'the file that was saved beside this page' : html`the file <code>${visibleText(test.savedAt)}</code>`;
  return html`<details><summary>As JSON</summary>
    <p class="small">${isWhole ? use : html`Too long to be shown whole: take ${elsewhere}.`}</p>
    <pre tabindex="0" id="${id}-plan-json">${visibleText(text, { limit: MAX_PLAN_TEXT, lines: true })}</pre>
    ${isWhole ? html`<button type="button" data-copy="${id}-plan-json" hidden>Copy</button>` : null}
  </details>`;
}

function eventTable(model: LaneModel, id: string): Markup {
  return html`<details class="events" id="${id}-events"><summary>Everything in the lanes, as a table</summary>
    <div class="table-scroll" tabindex="0" role="region" aria-label="Everything in the lanes, as a table"><table>
      <thead><tr><th scope="col">Time</th><th scope="col">Member</th><th scope="col">What happened</th></tr></thead>
      <tbody>${model.marks.map(
        (mark) =>
          html`<tr id="${id}-e${mark.event}" class="${mark.violates ? 'violates' : ''}"><td class="number">${markTime(mark)}</td><td>${mark.member === null ? '' : visibleText(mark.member)}</td><td>${mark.violates ? html`<strong>${breakWords(mark, model)}</strong> ` : null}${mark.sentence}</td></tr>`,
      )}</tbody></table></div></details>`;
}

function dataOf(model: LaneModel, id: string): readonly MarkData[] {
  return model.marks.map((mark) => ({
    time: markTime(mark),
    sentence: mark.sentence,
    details: mark.details,
    broke: breakWords(mark, model),
    row: `${id}-e${mark.event}`,
  }));
}
