/**
 * What happened, as lanes in 100 columns: virtual time first, then the world (records, faults, processes), then one column
 * for each member on each partition.
 */
import type { History } from '../checker/history.ts';
import type { Violation } from '../checker/violation.ts';
import { foldRepeats } from './fold-repeats.ts';
import { OUTCOME_NAMES } from './model/answer-words.ts';
import { laneKey, memberName, type LaneId, type Mark } from './model/mark.ts';
import { placeName } from './model/mark-draft.ts';
import { marksOfHistory } from './model/marks-of-history.ts';
import { ordinal } from './model/ordinal.ts';
import { shownTime } from './model/shown-time.ts';
import { visibleText } from './model/visible-text.ts';
import { plainPalette, type Palette } from './palette.ts';
import { fitText, textWidth } from './text-width.ts';

const WIDTH = 100;
/** Of the time; more where it is minutes. */
const LEAST_TIME_WIDTH = 10;
const GAP = 2;
/** A column that is narrower than that says nothing. */
const MIN_COLUMN = 20;
const MAX_ROWS = 40;
const ROWS_AT_START = 10;

interface Row {
  readonly at: number;
  readonly event: number;
  /** Key of the column; lanes without one stand in the world's. */
  readonly column: string;
  readonly text: string;
  readonly violates: boolean;
}

const WORLD = 'world';

/** Lines up to the violation, the first and the last ones where there are many. */
export function laneTrace(history: History, violation: Violation, palette: Palette = plainPalette): readonly string[] {
  const marks = marksOfHistory(history, violation).filter((mark) => mark.event <= violation.event);
  // Nothing is later than the violation.
  const timeWidth = Math.max(LEAST_TIME_WIDTH, shownTime(violation.at).length);
  const work = chooseColumns(marks, violation, Math.floor((WIDTH - timeWidth) / (MIN_COLUMN + GAP)));
  const columns = [WORLD, ...work.map((lane) => laneKey(lane))];
  const rows = withoutRepeats(marks.flatMap((mark) => rowsOf(mark, violation, columns)).sort((left, right) => left.event - right.event));
  const width = Math.floor((WIDTH - timeWidth) / columns.length) - GAP;
  const titles = ['scenario', ...work.map((lane) => (lane.kind === 'work' ? `${visibleText(lane.member)} on ${placeName(lane)}` : ''))];
  const gap = ' '.repeat(GAP);
  const lines = [palette.faint(`${'time'.padStart(timeWidth)}${titles.map((title) => gap + fitText(title, width)).join('')}`.trimEnd())];
  const head = rows.slice(0, ROWS_AT_START);
  const tail = rows.slice(rows.length - (MAX_ROWS - ROWS_AT_START));
  const isCut = rows.length > MAX_ROWS;
  let shown = '';
  const show = (row: Row): void => {
    const time = shownTime(row.at);
    wrap(row.text, width).forEach((piece, index) => {
      const cells = columns.map((column) => gap + fitText(column === row.column ? piece : column === WORLD ? '' : '·', width)).join('');
      const line = `${(index === 0 && time !== shown ? time : '').padStart(timeWidth)}${cells}`.trimEnd();
      lines.push(row.violates ? palette.bad(line) : line);
    });
    shown = time;
  };
  for (const row of isCut ? head : rows) show(row);
  if (isCut) {
    lines.push(palette.faint(`${'…'.padStart(timeWidth)}${gap}${rows.length - MAX_ROWS} more left out here`));
    for (const row of tail) show(row);
  }
  lines.push(palette.bad(`${shownTime(violation.at).padStart(timeWidth)}${gap}▲ ${violation.invariant}`));
  return lines;
}

/** What comes again and again stands there as it began and as it ended, with how often. */
function withoutRepeats(rows: readonly Row[]): readonly Row[] {
  const isSame = (left: Row, right: Row): boolean =>
    left.text === right.text && left.column === right.column && !left.violates && !right.violates;
  return foldRepeats(rows, isSame).map(({ item, times }) =>
    times === 1 ? item : { ...item, text: `${item.text} (for the ${ordinal(times)} time)` },
  );
}

/** Those of the violated partition first, then where most happened; as many as have room. */
function chooseColumns(marks: readonly Mark[], violation: Violation, limit: number): readonly LaneId[] {
  const lanes = new Map<string, { readonly lane: LaneId; marks: number }>();
  for (const { lane } of marks) {
    if (lane.kind !== 'work') continue;
    const entry = lanes.get(laneKey(lane));
    if (entry === undefined) lanes.set(laneKey(lane), { lane, marks: 1 });
    else entry.marks += 1;
  }
  const isViolated = (lane: LaneId): number =>
    Number('topic' in lane && lane.topic === violation.topic && lane.partition === violation.partition);
  return [...lanes.values()]
    .sort((left, right) => isViolated(right.lane) - isViolated(left.lane) || right.marks - left.marks)
    .slice(0, limit - 1)
    .map(({ lane }) => lane);
}

/** What lasts has a row for its beginning and one for its end, unless nothing came between. */
function rowsOf(mark: Mark, violation: Violation, columns: readonly string[]): readonly Row[] {
  const key = laneKey(mark.lane);
  const isOwn = columns.includes(key);
  const column = isOwn ? key : WORLD;
  const prefix = isOwn || mark.lane.kind !== 'work' ? '' : `${visibleText(mark.lane.member)}, ${placeName(mark.lane)}: `;
  const row = (event: number, at: number, text: string): Row => ({
    at,
    event,
    column,
    text: prefix + text,
    violates: event === violation.event,
  });
  const end = mark.untilEvent !== null && mark.untilEvent <= violation.event ? mark.untilEvent : null;
  const [begins, ends] = wordsOf(mark);
  if (end === null)
    return [row(mark.event, mark.at, mark.until === null && mark.what.kind !== 'call' && mark.what.kind !== 'commit' ? ends : begins)];
  if (end === mark.event + 1 && mark.until === mark.at) return [row(end, mark.at, ends)];
  return [row(mark.event, mark.at, begins), row(end, mark.until ?? mark.at, ends)];
}

/** Short enough for a column: how it begins, and how it ended. */
function wordsOf({ what, lane, member, sentence }: Mark): readonly [begins: string, ends: string] {
  const once = (text: string): readonly [string, string] => [text, text];
  const life = member === null ? '' : visibleText(member);
  const place = 'topic' in lane ? placeName(lane) : '';
  switch (what.kind) {
    case 'written':
      return once(`${place} ${what.tombstone ? 'tombstone' : 'record'} ${what.offset} written`);
    case 'call': {
      const late = what.isLate ? ', too late' : '';
      return [`record ${what.offset} handed over`, `record ${what.offset}: ${OUTCOME_NAMES[what.outcome]}${late}`];
    }
    case 'commit':
      return [`commits ${what.offset}`, `commit ${what.offset} ${OUTCOME_WORDS[what.outcome]}`];
    case 'send':
      return [`writes ${what.messages} to ${place}`, `write to ${place} ${OUTCOME_WORDS[what.outcome]}`];
    case 'batch':
      return once(`${what.accepted ? 'takes' : 'drops'} batch ${what.from} to ${what.to - 1}`);
    case 'assigned':
      return once(`gets ${place}`);
    case 'revoked':
      return once(`gives ${place} back`);
    case 'lost':
      return once(`has lost ${place}`);
    case 'started':
      return once(`${life} starts`);
    case 'stopping':
      return once(`${life} is told to stop`);
    case 'stopped':
      return once(`${life} has stopped`);
    case 'crashed':
      return once(`${life} CRASHES`);
    case 'calm':
      return once('the plan is over');
    case 'ended':
      return once('the run is over');
    case 'removed':
      return once(`${place} starts at ${what.offset} now`);
    case 'stored':
      return once(`${place} committed: ${what.offset ?? 'nothing'}`);
    default:
      return once(memberName(life) === '' ? sentence : sentence.replace(/\.$/, ''));
  }
}

const OUTCOME_WORDS = { acknowledged: 'stored', refused: 'refused', unknown: 'unanswered', unanswered: 'unanswered' } as const;

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(' ')) {
    const joined = current === '' ? word : `${current} ${word}`;
    if (textWidth(joined) <= width || current === '') current = joined;
    else {
      lines.push(current);
      current = `  ${word}`;
    }
  }
  return [...lines, current];
}
