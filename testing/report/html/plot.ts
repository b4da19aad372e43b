import type { ProgressLine, ProgressPoint } from '../model/progress-line.ts';
import { PLOT_HEIGHT, STRIP_HEIGHT, type ChartLayout, type ChartRow } from './chart-layout.ts';
import { html, type Markup } from './markup.ts';

/** Lines that say the same lie beside each other, so that each is seen. */
const BESIDE = 4;
/** Room for the longest name of a line. */
const NAME_ROOM = 108;

export interface PlotOptions {
  /** Of the failure, unique in the page. */
  readonly id: string;
  readonly violationEvent: number;
  /** The promise broke on this partition: the lines are named where it did. */
  readonly isViolated: boolean;
}

/**
 * A partition's offsets over time: the end of the log, what may be committed at most, and what is committed. Where the last
 * stands above the second, a restart loses records: that area is filled.
 */
export function drawPlot(line: ProgressLine, row: ChartRow, layout: ChartLayout, { id, violationEvent, isViolated }: PlotOptions): Markup {
  const top = row.y + STRIP_HEIGHT + 8;
  const bottom = row.y + STRIP_HEIGHT + PLOT_HEIGHT - 10;
  const { low, high } = rangeOf(line);
  const yOf = (offset: number): number => bottom - ((offset - low) / Math.max(1, high - low)) * (bottom - top);
  const path = (points: readonly ProgressPoint[], shift = 0): string => stepPath(points, layout, (offset) => yOf(offset) + shift);
  const last = (points: readonly ProgressPoint[]): number | null => points.at(-1)?.offset ?? null;
  const committed = last(line.committed);
  return html`<g class="plot" aria-hidden="true">
    <path class="line-end" d="${path(line.logEnd, -BESIDE)}"/>
    ${overshoots(line, layout, yOf).map((box) => html`<rect class="overshoot" x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}"/><rect fill="url(#${id}-hatch)" x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}"/>`)}
    <path class="line-safe" d="${path(line.safe, BESIDE)}"/>
    <path class="line-committed" d="${path(line.committed)}"/>
    ${line.committed.map(({ event, offset }) => (offset === null ? null : stepLabel(event, offset, layout, yOf)))}
    ${isViolated ? violationLabels(line, layout, violationEvent, yOf) : null}
    ${committed === null ? html`<text class="plot-note" x="8" y="${bottom + 3}">nothing committed</text>` : null}
  </g>`;
}

/** Names beside the moment, never in the area of risk: before it, or where that is the beginning, behind it. */
function violationLabels(line: ProgressLine, layout: ChartLayout, event: number, yOf: (offset: number) => number): Markup | null {
  const committed = valueAt(line.committed, event);
  const safe = valueAt(line.safe, event);
  const behind = layout.danger?.to ?? layout.violationX;
  const isBefore = layout.violationX >= NAME_ROOM;
  if (!isBefore && layout.width - behind < NAME_ROOM) return null;
  const x = isBefore ? layout.violationX - 9 : behind + 9;
  const anchor = isBefore ? 'end' : 'start';
  // Two lines on one height get one name.
  const isApart = committed !== null && safe !== null && Math.abs(yOf(committed) - yOf(safe)) >= 16;
  return html`${committed === null ? null : html`<text class="line-name name-committed" x="${x}" y="${yOf(committed) + (isApart && committed > safe ? 7 : -7)}" text-anchor="${anchor}">committed ${committed}</text>`}
    ${isApart ? html`<text class="line-name name-safe" x="${x}" y="${yOf(safe) - 7}" text-anchor="${anchor}">safe limit ${safe}</text>` : null}`;
}

function stepLabel(event: number, offset: number, layout: ChartLayout, yOf: (offset: number) => number): Markup {
  const x = layout.xOf(event);
  return html`<circle class="step-dot" cx="${x}" cy="${yOf(offset)}" r="3.5"/>`;
}

function rangeOf(line: ProgressLine): { readonly low: number; readonly high: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const { offset } of [...line.committed, ...line.safe, ...line.logEnd]) {
    if (offset === null || offset < 0) continue;
    low = Math.min(low, offset);
    high = Math.max(high, offset);
  }
  return { low: Number.isFinite(low) ? low : 0, high };
}

function stepPath(points: readonly ProgressPoint[], layout: ChartLayout, yOf: (offset: number) => number): string {
  const parts: string[] = [];
  let isDrawing = false;
  let lastX = 0;
  for (const [index, { event, offset }] of points.entries()) {
    const x = index === 0 ? 0 : layout.xOf(event);
    if (isDrawing) parts.push(`H${x}`);
    isDrawing = offset !== null && offset >= 0;
    if (offset !== null && offset >= 0)
      parts.push(parts.length > 0 && isDrawing && lastX !== 0 ? `V${yOf(offset)}` : `M${x} ${yOf(offset)}`);
    lastX = isDrawing ? Math.max(1, x) : 0;
  }
  if (isDrawing) parts.push(`H${layout.width}`);
  return parts.join('');
}

/** Where more is committed than may be. */
function overshoots(
  line: ProgressLine,
  layout: ChartLayout,
  yOf: (offset: number) => number,
): readonly { readonly x: number; readonly y: number; readonly width: number; readonly height: number }[] {
  const events = [...new Set([...line.committed, ...line.safe].map((point) => point.event))].sort((left, right) => left - right);
  return events.flatMap((event, index) => {
    const committed = valueAt(line.committed, event);
    const safe = valueAt(line.safe, event);
    if (committed === null || safe === null || committed <= safe) return [];
    const next = events[index + 1];
    const x = layout.xOf(event);
    const to = next === undefined ? layout.width : layout.xOf(next);
    return [{ x, y: yOf(committed), width: Math.max(1, to - x), height: yOf(safe) - yOf(committed) }];
  });
}

function valueAt(points: readonly ProgressPoint[], event: number): number | null {
  return points.findLast((point) => point.event <= event)?.offset ?? null;
}
