import type { LaneModel } from '../model/lane-model.ts';
import { laneKey, type LaneId, type Mark } from '../model/mark.ts';
import { placeName } from '../model/mark-draft.ts';
import { breakWords, markTime } from '../model/mark-words.ts';
import { shownTime } from '../model/shown-time.ts';
import { visibleText } from '../model/visible-text.ts';
import {
  MARK_HEIGHT,
  RULER_HEIGHT,
  layOutChart,
  markWidth,
  type ChartLayout,
  type ChartRow,
  type PlacedMark,
  type Tick,
} from './chart-layout.ts';
import { GLYPHS, glyphOf, type GlyphName } from './glyphs.ts';
import { html, type Markup } from './markup.ts';
import { drawPlot } from './plot.ts';

/** Room that a short story is spread out to; a longer one is scrolled. */
const MIN_WIDTH = 730;

export interface DrawnChart {
  readonly markup: Markup;
  /** Rules for this chart's own heights: the page allows no style attributes. */
  readonly style: string;
}

/** Lanes over time: `timeWords` says whose. `id` is unique in the page; each mark links to its row in the table, `<id>-e<event>`. */
export function drawChart(model: LaneModel, id: string, timeWords: string): DrawnChart {
  const layout = layOutChart(model, MIN_WIDTH);
  const ordered = layout.rows.flatMap((row) => row.placed.map(({ mark }) => mark)).sort((left, right) => left.event - right.event);
  const indexOf = new Map(ordered.map((mark, index) => [mark.event, index]));
  const markup = html`
    <div class="chart" id="${id}-chart" data-failure="${id}">
      <div class="lane-labels" aria-hidden="true">
        <div class="lane-label ruler-label ${id}-ruler"><span class="lane-small">${timeWords}</span></div>
        ${layout.rows.map((row, index) => laneLabel(row, layout.rows[index - 1], id, index))}
      </div>
      <div class="chart-scroll" role="region" aria-label="Lanes over time; arrow keys move from mark to mark">
        <svg width="${layout.width}" height="${layout.height}" viewBox="0 0 ${layout.width} ${layout.height}" role="group" aria-label="${chartSummary(model)}">
          <defs><pattern id="${id}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch" width="2" height="6"/></pattern></defs>
          ${layout.rows.map((row) => backdrop(row, layout, model))}
          ${dangerArea(layout, model, id)}
          ${ruler(layout)}
          ${layout.rows.map((row) => plotOf(row, layout, model, id))}
          ${violationLine(layout)}
          ${ordered.map((mark) => drawMark(placedOf(layout, mark), model, id, indexOf.get(mark.event) ?? 0))}
        </svg>
      </div>
    </div>
    <p class="scroll-hint small"><span aria-hidden="true">↔</span> The lanes are wider than this screen: scroll them sideways.</p>`;
  return { markup, style: heights(layout, id) };
}

function placedOf(layout: ChartLayout, mark: Mark): PlacedMark {
  const row = layout.rows.find((each) => each.key === laneKey(mark.lane));
  const placed = row?.placed.find((each) => each.mark === mark);
  return placed ?? { mark, x: 0, y: 0, width: 0 };
}

function chartSummary(model: LaneModel): string {
  return `${model.marks.length} marks in ${model.lanes.length} lanes. The promise broke at ${shownTime(model.violation.at)} on ${placeName(model.violation)}. The table below has the same in words.`;
}

function laneLabel(row: ChartRow, before: ChartRow | undefined, id: string, index: number): Markup {
  const isGroup = before !== undefined && (row.lane.kind === 'log' || row.lane.kind === 'scenario');
  const [name, small] = laneWords(row.lane);
  return html`<div class="lane-label lane-${row.lane.kind}${isGroup ? ' lane-group' : ''} ${id}-row${index}"><span class="lane-name">${name}</span><span class="lane-small">${small}</span></div>`;
}

function laneWords(lane: LaneId): readonly [string, string] {
  switch (lane.kind) {
    case 'scenario':
      return ['Scenario', ''];
    case 'member':
      return [`Member ${visibleText(lane.member, { limit: 40 })}`, 'process'];
    case 'log':
      return [visibleText(`${lane.topic}-${lane.partition}`, { limit: 60 }), 'records, offsets'];
    case 'work':
      return [`Member ${visibleText(lane.member, { limit: 40 })}`, 'calls, commits'];
  }
}

function heights(layout: ChartLayout, id: string): string {
  return layout.rows
    .map((row, index) => {
      const before = layout.rows[index - 1];
      const gap = row.y - (before === undefined ? RULER_HEIGHT : before.y + before.height);
      return `.${id}-row${index}{height:${row.height}px;margin-top:${gap}px}`;
    })
    .concat(`.${id}-ruler{height:${RULER_HEIGHT}px}`)
    .join('\n');
}

/** When a member lived and held the partition. */
function backdrop(row: ChartRow, layout: ChartLayout, model: LaneModel): Markup {
  const spans = model.spans.get(row.key) ?? [];
  const inset = row.lane.kind === 'member' ? 12 : 3;
  return html`<rect class="row row-${row.lane.kind}" x="-2" y="${row.y}" width="${layout.width + 4}" height="${row.height}"/>
    ${spans.map((span) => {
      const from = layout.xOf(span.from);
      const to = span.to === null ? layout.width : layout.xOf(span.to);
      return html`<rect class="span span-${row.lane.kind}" x="${from}" y="${row.y + inset}" width="${Math.max(2, to - from)}" height="${row.height - 2 * inset}" rx="4"/>`;
    })}`;
}

function ruler(layout: ChartLayout): Markup {
  const baseline = RULER_HEIGHT - 10;
  return html`<g aria-hidden="true">
    <line class="axis" x1="0" y1="${baseline}" x2="${layout.width}" y2="${baseline}"/>
    ${layout.ticks.map((tick) => drawTick(tick, baseline, layout.height))}
    ${layout.gaps.map(({ x, label }) => html`<text class="gap" x="${x}" y="${baseline - 14}" text-anchor="middle">⋯ ${label} ⋯</text>`)}
  </g>`;
}

function drawTick({ x, from, to, label, isViolation, isRiskEnd }: Tick, baseline: number, height: number): Markup {
  const moment = to > from ? html`<line class="moment-band" x1="${from - 5}" y1="${baseline}" x2="${to + 5}" y2="${baseline}"/>` : null;
  if (isViolation) return html`${moment}`;
  return html`<line class="tick" x1="${isRiskEnd ? x : from}" y1="${baseline - 5}" x2="${isRiskEnd ? x : from}" y2="${height}"/>${moment}
    ${label === null ? null : html`<text class="tick-label" x="${x}" y="${baseline - 8}" text-anchor="middle">${label}</text>`}`;
}

function violationLine(layout: ChartLayout): Markup {
  const label = layout.ticks.find((tick) => tick.isViolation)?.label ?? '';
  const width = 18 + label.length * 7.4;
  const x = Math.min(layout.width - width - 2, Math.max(2, layout.violationX - width / 2));
  return html`<g class="violation" aria-hidden="true">
    <line class="violation-line" x1="${layout.violationX}" y1="28" x2="${layout.violationX}" y2="${layout.height}"/>
    <rect class="violation-flag" x="${x}" y="8" width="${width}" height="22" rx="4"/>
    <text class="violation-text" x="${x + width / 2}" y="23" text-anchor="middle">${label}</text>
  </g>`;
}

function dangerArea(layout: ChartLayout, model: LaneModel, id: string): Markup | null {
  if (layout.danger === null) return null;
  const rows = layout.rows.filter(
    ({ lane }) => 'topic' in lane && lane.topic === model.violation.topic && lane.partition === model.violation.partition,
  );
  const first = rows[0];
  const last = rows.at(-1);
  if (first === undefined || last === undefined) return null;
  const { from, to } = layout.danger;
  return html`<g aria-hidden="true">
    <rect class="danger" x="${from}" y="${first.y}" width="${to - from}" height="${last.y + last.height - first.y}"/>
    <rect fill="url(#${id}-hatch)" x="${from}" y="${first.y}" width="${to - from}" height="${last.y + last.height - first.y}"/>
    ${layout.danger.isEnded ? html`<line class="danger-end" x1="${to}" y1="${RULER_HEIGHT - 15}" x2="${to}" y2="${last.y + last.height}"/>` : null}
  </g>`;
}

function plotOf(row: ChartRow, layout: ChartLayout, model: LaneModel, id: string): Markup | null {
  const { lane } = row;
  if (lane.kind !== 'log') return null;
  const line = model.lines.find((each) => each.topic === lane.topic && each.partition === lane.partition);
  return line === undefined
    ? null
    : drawPlot(line, row, layout, {
        id,
        violationEvent: model.violation.event,
        isViolated: lane.topic === model.violation.topic && lane.partition === model.violation.partition,
      });
}

function drawMark({ mark, x, y, width }: PlacedMark, model: LaneModel, id: string, index: number): Markup {
  const { what } = mark;
  const outcome = 'outcome' in what ? ` is-${what.outcome}` : '';
  const late = what.kind === 'call' && what.isLate ? ' is-late' : '';
  const broke = breakWords(mark, model);
  const label = `${broke === null ? '' : `${broke} `}${markTime(mark)}: ${mark.sentence}`;
  return html`<a class="mark mark-${what.kind}${outcome}${late}${mark.violates ? ' violates' : ''}" href="#${id}-e${mark.event}" data-index="${index}" aria-label="${label}">${shapeOf(mark, x, y, width)}</a>`;
}

function shapeOf(mark: Mark, x: number, y: number, width: number): Markup {
  const { what } = mark;
  const middle = y + MARK_HEIGHT / 2;
  switch (what.kind) {
    case 'call':
    case 'send':
    case 'commit': {
      // In the middle; at the beginning of what lasts long, so that it is seen.
      const left = width > 2 * markWidth(mark) ? x : x + (width - markWidth(mark)) / 2;
      return html`<rect class="body" x="${x}" y="${y}" width="${width}" height="${MARK_HEIGHT}" rx="${what.kind === 'call' ? 11 : 3}"/>
        ${what.kind === 'call' ? html`<text class="mark-text" x="${left + 10}" y="${middle + 4.5}">${what.offset}</text>` : html`<text class="mark-text" x="${left + markWidth(mark) / 2}" y="${middle + 4.5}" text-anchor="middle">${what.kind === 'commit' ? `commit ${what.offset}` : `write ${what.messages}`}</text>`}
        ${what.kind === 'call' ? glyph(glyphOf(what), left + markWidth(mark) - 19, middle - 6) : null}
        ${what.kind !== 'call' && what.outcome !== 'acknowledged' ? glyph(glyphOf(what), x + width - 8, y - 4) : null}`;
    }
    case 'written': {
      const body = markWidth(mark);
      return html`<rect class="body" x="${x}" y="${y + 2}" width="${body}" height="${MARK_HEIGHT - 4}" rx="3"/>
        <text class="mark-text" x="${x + body / 2}" y="${middle + 4.5}" text-anchor="middle">${what.offset}</text>`;
    }
    default:
      return html`<rect class="body" x="${x}" y="${y}" width="${MARK_HEIGHT}" height="${MARK_HEIGHT}" rx="11"/>${glyph(glyphOf(what), x + 5, y + 5)}`;
  }
}

export function glyph(name: GlyphName, x: number, y: number): Markup {
  return html`<path class="glyph" d="${GLYPHS[name]}" transform="translate(${x} ${y})"/>`;
}
