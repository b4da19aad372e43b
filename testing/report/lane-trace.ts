/** What happened, as lanes: time first, one column for the broker and one per member, in 100 columns. */
import type { History, HistoryEvent } from '../checker/history.ts';
import type { Violation } from '../checker/violation.ts';
import { plainPalette, type Palette } from './palette.ts';

const WIDTH = 100;
const TIME_WIDTH = 10;
const MAX_ROWS = 40;
const ROWS_AT_START = 10;

interface Row {
  readonly at: number;
  readonly lane: string;
  readonly text: string;
  readonly event: number;
}

const BROKER = 'broker';

/** Lines up to the violation, the first and the last ones where there are many. */
export function laneTrace(history: History, violation: Violation, palette: Palette = plainPalette): readonly string[] {
  const rows: Row[] = [];
  for (const [index, event] of history.events.slice(0, violation.event + 1).entries()) {
    const row = rowOf(event, history.events, index, index === violation.event);
    if (row !== null) rows.push({ ...row, at: event.at, event: index });
  }
  const lanes = [BROKER, ...[...new Set(rows.map((row) => row.lane))].filter((lane) => lane !== BROKER).sort()];
  const laneWidth = Math.max(16, Math.floor((WIDTH - TIME_WIDTH) / lanes.length) - 2);
  const line = (time: string, lane: string | null, text: (of: string) => string): string =>
    `${time.padStart(TIME_WIDTH)}${lanes.map((each) => `  ${(lane === null || lane === each ? text(each) : '·').padEnd(laneWidth)}`).join('')}`.trimEnd();
  const shown =
    rows.length <= MAX_ROWS ? rows : [...rows.slice(0, ROWS_AT_START), null, ...rows.slice(rows.length - MAX_ROWS + ROWS_AT_START)];
  const lines = [palette.faint(line('time', null, (lane) => (lane === BROKER ? BROKER : `member ${lane}`)))];
  let lastTime = '';
  for (const row of shown) {
    if (row === null) {
      lines.push(palette.faint(`${'…'.padStart(TIME_WIDTH)}  ${rows.length - MAX_ROWS} events left out`));
      continue;
    }
    const time = `+${Math.round(row.at)} ms`;
    const pieces = wrap(row.text, laneWidth);
    pieces.forEach((piece, index) => lines.push(line(index === 0 && time !== lastTime ? time : '', row.lane, () => piece)));
    lastTime = time;
  }
  lines.push(palette.bad(`${`+${Math.round(violation.at)} ms`.padStart(TIME_WIDTH)}  ▲ ${violation.invariant}`));
  return lines;
}

/** Null for what a reader does not need. */
function rowOf(
  event: HistoryEvent,
  events: readonly HistoryEvent[],
  index: number,
  isLast: boolean,
): { readonly lane: string; readonly text: string } | null {
  switch (event.kind) {
    case 'produced':
      return { lane: BROKER, text: `${place(event)} record ${event.offset} written${event.tombstone ? ', a tombstone' : ''}` };
    case 'log-start-moved':
      return { lane: BROKER, text: `${place(event)} starts at ${event.offset} now` };
    case 'committed':
      return isNews(events, index) ? { lane: BROKER, text: `${place(event)} committed: ${event.offset ?? 'nothing'}` } : null;
    case 'fault':
      return { lane: BROKER, text: `fault: ${event.fault.kind}` };
    case 'calm':
      return { lane: BROKER, text: 'the plan is over, no more faults' };
    case 'ended':
      return { lane: BROKER, text: event.drained ? 'all done' : 'time is up' };
    case 'member-started':
      return { lane: laneOf(event.member), text: `starts (${event.member})` };
    case 'member-stopping':
      return { lane: laneOf(event.member), text: 'is stopped' };
    case 'member-stopped':
      return { lane: laneOf(event.member), text: 'has stopped' };
    case 'member-crashed':
      return { lane: laneOf(event.member), text: 'CRASHES' };
    case 'client-assigned':
      return { lane: laneOf(event.member), text: `gets ${place(event)}, stored: ${event.committedOffset ?? 'nothing'}` };
    case 'client-revoking':
      return { lane: laneOf(event.member), text: `must give back ${place(event)}` };
    case 'client-revoked':
      return { lane: laneOf(event.member), text: `gave back ${place(event)}` };
    case 'client-lost':
      return { lane: laneOf(event.member), text: `lost ${place(event)}` };
    case 'client-batch':
      return event.records === 0 && event.accepted
        ? null
        : {
            lane: laneOf(event.member),
            text: `${event.accepted ? 'takes' : 'drops'} a batch from ${event.fetchedFrom} to ${event.nextOffset - 1} of ${place(event)}`,
          };
    case 'call-started': {
      const next = events[index + 1];
      if (next?.kind === 'call-ended' && next.call === event.call) return null;
      return { lane: laneOf(event.member), text: `${place(event)} record ${event.offset} handed over` };
    }
    case 'call-ended':
      return { lane: laneOf(event.member), text: `${place(event)} record ${event.offset}: ${ANSWERS[event.outcome]}` };
    case 'client-commit-sent':
      return { lane: laneOf(event.member), text: `commits ${event.offset} of ${place(event)}` };
    case 'client-commit-settled':
      if (event.outcome === 'acknowledged') return isLast ? { lane: laneOf(event.member), text: `commit ${event.offset} is stored` } : null;
      return {
        lane: laneOf(event.member),
        text: event.outcome === 'refused' ? `commit ${event.offset} refused: ${event.code}` : `commit ${event.offset}: no answer`,
      };
    default:
      return null;
  }
}

const ANSWERS = { consume: 'Consume', skip: 'Skip', reject: 'Reject', failed: 'the handler throws' } as const;

/** The same offset again is asked for, but is no news. */
function isNews(events: readonly HistoryEvent[], index: number): boolean {
  const event = events[index];
  if (event?.kind !== 'committed') return false;
  for (let earlier = index - 1; earlier >= 0; earlier -= 1) {
    const before = events[earlier];
    if (before?.kind === 'committed' && before.topic === event.topic && before.partition === event.partition)
      return before.offset !== event.offset;
  }
  return event.offset !== null;
}

function place({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}-${partition}`;
}

/** All lives of a member share a lane. */
function laneOf(member: string): string {
  return member.split('#')[0] ?? member;
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(' ')) {
    const joined = current === '' ? word : `${current} ${word}`;
    if (joined.length <= width || current === '') current = joined.slice(0, width);
    else {
      lines.push(current);
      current = `  ${word}`.slice(0, width);
    }
  }
  return [...lines, current];
}
