import type { LaneModel } from '../model/lane-model.ts';
import { laneKey, type LaneId, type Mark } from '../model/mark.ts';
import { shownSpan, shownTime } from '../model/shown-time.ts';

/** Where everything of a chart stands, in CSS pixels. Pure arithmetic; the drawing adds shapes and colours. */
export interface ChartLayout {
  readonly width: number;
  readonly height: number;
  readonly rulerHeight: number;
  readonly rows: readonly ChartRow[];
  readonly ticks: readonly Tick[];
  /** Quiet stretches that were shortened. */
  readonly gaps: readonly { readonly x: number; readonly label: string }[];
  readonly violationX: number;
  readonly danger: { readonly from: number; readonly to: number; readonly isEnded: boolean } | null;
  /** Any event of the history; one that is not drawn stands where the one drawn before it stands. */
  xOf(event: number): number;
}

export interface ChartRow {
  readonly lane: LaneId;
  readonly key: string;
  readonly y: number;
  readonly height: number;
  readonly placed: readonly PlacedMark[];
}

export interface PlacedMark {
  readonly mark: Mark;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** A moment: all that happened at one time is spread out from `from` to `to`. */
export interface Tick {
  readonly x: number;
  readonly from: number;
  readonly to: number;
  /** Null where there is no room for one. */
  readonly label: string | null;
  readonly isViolation: boolean;
  /** What was at risk from the violation on is done here. */
  readonly isRiskEnd: boolean;
}

export const RULER_HEIGHT = 44;
export const MARK_HEIGHT = 22;
/** Of the strip of written records above a partition's lines. */
export const STRIP_HEIGHT = 30;
export const PLOT_HEIGHT = 64;
/** A mark reaches so far to both sides of its moment. */
export const MARK_REACH = 11;

const MARGIN = 27;
/** Two marks without text stand so far apart, and do not touch. */
const STEP = 26;
/** A tick's label has at least so much room, and the violation's, which is a flag, more. */
const LABEL_ROOM = 58;
const FLAG_ROOM = 88;
const RULER_PIXELS_PER_CHARACTER = 6.6;
/** The violation and the end of what is at risk have a label each. */
const RISK_WIDTH = 84;
const LINE_HEIGHT = 28;
const ROW_PADDING = 6;
const GROUP_GAP = 14;
/** A stretch is called quiet from here on, and said to be shortened. */
const QUIET_MS = 1_000;
const PIXELS_PER_CHARACTER = 7.2;

/** `minWidth`: a short story is spread out to this width. */
export function layOutChart(model: LaneModel, minWidth: number): ChartLayout {
  const moments = momentsOf(model);
  const { places, width, gaps } = spread(moments, model, minWidth);
  const sorted = [...places.keys()].sort((left, right) => left - right);
  const xOf = (event: number): number => {
    const exact = places.get(event);
    if (exact !== undefined) return exact;
    const before = sorted.findLast((each) => each <= event);
    return before === undefined ? MARGIN / 2 : (places.get(before) ?? MARGIN);
  };
  const violationX = xOf(model.violation.event);
  const rows: ChartRow[] = [];
  let y = RULER_HEIGHT;
  for (const lane of model.lanes) {
    const key = laneKey(lane);
    if (rows.length > 0 && (lane.kind === 'log' || lane.kind === 'scenario')) y += GROUP_GAP;
    const row = layOutRow(
      model.marks.filter((mark) => laneKey(mark.lane) === key),
      lane,
      y,
      xOf,
    );
    rows.push(row);
    y += row.height;
  }
  return {
    width,
    height: y + 8,
    rulerHeight: RULER_HEIGHT,
    rows,
    ticks: ticksOf(moments, places, model),
    gaps,
    violationX,
    danger:
      model.danger === null
        ? null
        : {
            from: violationX,
            to: model.danger.untilEvent === null ? width : xOf(model.danger.untilEvent),
            isEnded: model.danger.untilEvent !== null,
          },
    xOf,
  };
}

interface Moment {
  readonly event: number;
  readonly at: number;
}

/** Every event that something drawn begins or ends with. */
function momentsOf(model: LaneModel): readonly Moment[] {
  const moments = new Map<number, number>([[model.violation.event, model.violation.at]]);
  for (const mark of model.marks) {
    moments.set(mark.event, mark.at);
    if (mark.untilEvent !== null && mark.until !== null) moments.set(mark.untilEvent, mark.until);
  }
  return [...moments].map(([event, at]) => ({ event, at })).sort((left, right) => left.event - right.event);
}

/** Each moment gets a place of its own, in order; time that passes between two adds room, the longer the less. */
function spread(
  moments: readonly Moment[],
  model: LaneModel,
  minWidth: number,
): { readonly places: ReadonlyMap<number, number>; readonly width: number; readonly gaps: ChartLayout['gaps'] } {
  const needs = needsOf(model, moments);
  const tight: number[] = [];
  for (const [index, moment] of moments.entries()) {
    const before = moments[index - 1];
    const least = before === undefined ? 0 : (tight[index - 1] ?? 0) + STEP + roomFor(moment.at - before.at);
    const needed = (needs.get(moment.event) ?? []).map(({ from, distance }) => (tight[from] ?? 0) + distance);
    tight.push(Math.max(least, ...needed));
  }
  const distances = tight.map((x, index) => x - (tight[index - 1] ?? x));
  const total = distances.reduce((sum, distance) => sum + distance, 0) + 2 * MARGIN;
  const stretch = total < minWidth ? Math.min(1.7, (minWidth - 2 * MARGIN) / Math.max(1, total - 2 * MARGIN)) : 1;
  const places = new Map<number, number>();
  const gaps: { x: number; label: string }[] = [];
  let x = MARGIN;
  for (const [index, moment] of moments.entries()) {
    const distance = Math.round((distances[index] ?? 0) * stretch);
    x += distance;
    places.set(moment.event, x);
    const elapsed = moment.at - (moments[index - 1]?.at ?? moment.at);
    // Between two labels, of which the violation's is the wider.
    const nudge = moment.event === model.violation.event ? -9 : moments[index - 1]?.event === model.violation.event ? 9 : 0;
    if (elapsed >= QUIET_MS) gaps.push({ x: x - distance / 2 + nudge, label: shownSpan(elapsed) });
  }
  return { places, width: Math.max(minWidth, x + MARGIN), gaps };
}

function roomFor(elapsedMs: number): number {
  if (elapsedMs <= 0) return 0;
  // What is said to be shortened has room for saying so, between two labels.
  if (elapsedMs >= QUIET_MS) return 94;
  return 4 + 8 * Math.log10(1 + elapsedMs);
}

/** Room that marks need for their text: how far a moment must stand from an earlier one, by the index of that one. */
function needsOf(
  model: LaneModel,
  moments: readonly Moment[],
): ReadonlyMap<number, readonly { readonly from: number; readonly distance: number }[]> {
  const indexOf = new Map(moments.map((moment, index) => [moment.event, index]));
  const needs = new Map<number, { from: number; distance: number }[]>();
  for (const mark of model.marks) {
    const from = indexOf.get(mark.event);
    if (from === undefined) continue;
    const reaching = markWidth(mark) - 2 * MARK_REACH;
    const until = mark.untilEvent ?? moments[from + 1]?.event;
    if (until === undefined || reaching <= 0) continue;
    const distance = mark.untilEvent === null ? reaching + STEP : reaching;
    needs.set(until, [...(needs.get(until) ?? []), { from, distance }]);
  }
  const risk = model.danger?.untilEvent ?? null;
  const violation = indexOf.get(model.violation.event);
  if (risk !== null && violation !== undefined) needs.set(risk, [...(needs.get(risk) ?? []), { from: violation, distance: RISK_WIDTH }]);
  return needs;
}

/** What a mark needs for its text and its sign. */
export function markWidth({ what }: Pick<Mark, 'what'>): number {
  switch (what.kind) {
    case 'call':
      return 30 + String(what.offset).length * PIXELS_PER_CHARACTER;
    case 'commit':
      return 18 + `commit ${what.offset}`.length * PIXELS_PER_CHARACTER;
    case 'send':
      return 18 + `write ${what.messages}`.length * PIXELS_PER_CHARACTER;
    case 'written':
      return 14 + String(what.offset).length * PIXELS_PER_CHARACTER;
    default:
      return 2 * MARK_REACH;
  }
}

function ticksOf(moments: readonly Moment[], places: ReadonlyMap<number, number>, { violation, danger }: LaneModel): readonly Tick[] {
  const ticks: Tick[] = [];
  for (const [at, group] of byTime(moments)) {
    const xs = group.map(({ event }) => places.get(event) ?? 0);
    const [from, to] = [Math.min(...xs), Math.max(...xs)];
    const isViolation = group.some(({ event }) => event === violation.event);
    const isRiskEnd = !isViolation && group.some(({ event }) => event === danger?.untilEvent);
    const exact = isViolation ? violation.event : isRiskEnd ? danger?.untilEvent : null;
    const x = (exact === null || exact === undefined ? undefined : places.get(exact)) ?? (from + to) / 2;
    ticks.push({ x, from, to, label: shownTime(at), isViolation, isRiskEnd });
  }
  return labelled(ticks);
}

function byTime(moments: readonly Moment[]): ReadonlyMap<number, readonly Moment[]> {
  const groups = new Map<number, Moment[]>();
  for (const moment of moments) groups.set(moment.at, [...(groups.get(moment.at) ?? []), moment]);
  return groups;
}

/** Labels where there is room: the violation's first, then the end of what is at risk, then from the left. */
function labelled(ticks: readonly Tick[]): readonly Tick[] {
  const order = [...ticks].sort((left, right) => rankOf(left) - rankOf(right) || left.x - right.x);
  const kept: Tick[] = [];
  for (const tick of order) {
    if (kept.every((other) => Math.abs(other.x - tick.x) >= (roomOf(other) + roomOf(tick)) / 2)) kept.push(tick);
  }
  return ticks.map((tick) => (kept.includes(tick) ? tick : { ...tick, label: null }));
}

function rankOf({ isViolation, isRiskEnd }: Tick): number {
  return isViolation ? 0 : isRiskEnd ? 1 : 2;
}

function roomOf({ label, isViolation }: Tick): number {
  return Math.max(isViolation ? FLAG_ROOM : LABEL_ROOM, (label ?? '').length * RULER_PIXELS_PER_CHARACTER + 10);
}

function layOutRow(marks: readonly Mark[], lane: LaneId, y: number, xOf: (event: number) => number): ChartRow {
  const key = laneKey(lane);
  if (lane.kind === 'log') {
    const placed = marks.map((mark) => place(mark, xOf, y + (STRIP_HEIGHT - MARK_HEIGHT) / 2));
    return { lane, key, y, height: STRIP_HEIGHT + PLOT_HEIGHT, placed };
  }
  const isCommit = ({ what }: Mark): boolean => what.kind === 'commit';
  const commits = marks.filter(isCommit);
  const others = marks.filter((mark) => !isCommit(mark));
  const lines: Mark[][] = [];
  const ends: number[] = [];
  stack(others, lines, ends, 0, xOf);
  const above = Math.max(1, lines.length);
  stack(commits, lines, ends, above, xOf);
  const placed = lines.flatMap((line, index) =>
    (line ?? []).map((mark) => place(mark, xOf, y + ROW_PADDING + index * LINE_HEIGHT + (LINE_HEIGHT - MARK_HEIGHT) / 2)),
  );
  return { lane, key, y, height: 2 * ROW_PADDING + Math.max(1, lines.length) * LINE_HEIGHT, placed };
}

/** Puts each mark on the first line from `from` on where it overlaps none. */
function stack(marks: readonly Mark[], lines: Mark[][], ends: number[], from: number, xOf: (event: number) => number): void {
  for (const mark of marks) {
    const { x, width } = place(mark, xOf, 0);
    let line = from;
    while ((ends[line] ?? Number.NEGATIVE_INFINITY) > x) line += 1;
    lines[line] = [...(lines[line] ?? []), mark];
    ends[line] = x + width;
  }
}

function place(mark: Mark, xOf: (event: number) => number, y: number): PlacedMark {
  const x = xOf(mark.event) - MARK_REACH;
  const end = mark.untilEvent === null ? x + 2 * MARK_REACH : xOf(mark.untilEvent) + MARK_REACH;
  return { mark, x, y, width: Math.max(markWidth(mark), end - x) };
}
