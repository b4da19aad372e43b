/** The events of a run one by one, as lines: for `replay --step`, and with every request for `--verbose`. */
import type { HistoryEvent } from '../testing/checker/history.ts';
import type { Violation } from '../testing/checker/violation.ts';
import { faultWords } from '../testing/report/model/fault-words.ts';
import { shownTime } from '../testing/report/model/shown-time.ts';
import { visibleText } from '../testing/report/model/visible-text.ts';
import type { Palette } from '../testing/report/palette.ts';
import type { PlanResult } from '../scenarios/run-plan.ts';
import type { TraceEntry } from '../testing/simulation/trace.ts';

const TIME_WIDTH = 10;
const WHO_WIDTH = 10;

export interface WalkOptions {
  readonly violation: Violation | null;
  readonly palette: Palette;
  /** Every request and reply, where they are asked for. */
  readonly trace: readonly TraceEntry[];
  /** What `trace` counts its time from. */
  readonly startedAt: number;
  /** What the runtime said that it decided, too. */
  readonly verbose: boolean;
}

/** One line for each event, in order; what broke is marked, with its message below. */
export function walkHistory({ history }: Pick<PlanResult, 'history'>, options: WalkOptions): readonly string[] {
  const { violation, palette, verbose } = options;
  const requests = options.trace.flatMap((entry) => {
    const line = requestLine(entry);
    return line === null ? [] : [{ at: entry.at - options.startedAt, line: palette.faint(line) }];
  });
  const lines: string[] = [];
  const line = (at: number, who: string, what: string): string =>
    `${shownTime(at).padStart(TIME_WIDTH)}  ${who.padEnd(WHO_WIDTH)}  ${what}`;
  let next = 0;
  for (const [index, event] of history.events.entries()) {
    for (let request = requests[next]; request !== undefined && request.at < event.at; request = requests[next]) {
      lines.push(line(request.at, '', request.line));
      next += 1;
    }
    if (event.kind !== 'observed' || verbose) lines.push(line(event.at, whoOf(event), whatOf(event)));
    if (violation?.event === index)
      lines.push(palette.bad(`${'▲'.padStart(TIME_WIDTH)}  ${violation.invariant}: ${visibleText(violation.message)}`));
  }
  for (const request of requests.slice(next)) lines.push(line(request.at, '', request.line));
  return lines;
}

/** `Fetch a#1/consumer1:fetch@2`, and `Fetch reply …`, as an arrow; null for what is no request. */
function requestLine({ what }: TraceEntry): string | null {
  const found = /^([A-Z]\w+)( reply)? (\S+)\/(\S+)@(\d+)$/.exec(what);
  if (found === null) return null;
  const [, api, reply, member, , broker] = found;
  return reply === undefined ? `${member} → broker ${broker}: ${api}` : `${member} ← broker ${broker}: ${api}`;
}

function whoOf(event: HistoryEvent): string {
  if (event.kind === 'observed') return visibleText(event.observation.member);
  return 'member' in event ? visibleText(event.member) : event.kind === 'produced' || event.kind === 'committed' ? 'broker' : '';
}

function whatOf(event: HistoryEvent): string {
  const place = 'topic' in event ? `${visibleText(event.topic)}-${event.partition}` : '';
  switch (event.kind) {
    case 'produced':
      return `${place} record ${event.offset} is written${event.tombstone ? ', a tombstone' : ''}${event.key === null ? '' : `, key ${visibleText(JSON.stringify(event.key))}`}`;
    case 'committed':
      return `${place} stores ${event.offset ?? 'no offset'}`;
    case 'fault':
      return `fault ${event.phase === undefined ? 'armed' : event.phase === 'felt' ? 'fires' : 'is over'}: ${faultWords(event.fault)}`;
    case 'call-started':
      return `${place} record ${event.offset} is handed over, delivery ${event.attempt}`;
    case 'call-ended':
      return `${place} record ${event.offset}: ${event.outcome}${event.reason === null ? '' : ` (${visibleText(event.reason, { limit: 200 })})`}`;
    case 'client-assigned':
      return `gets ${place}, stored: ${event.committedOffset ?? 'nothing'}, log ${event.logStartOffset} to ${event.logEndOffset}`;
    case 'client-fetch-from':
      return `fetches ${place} from ${event.offset}`;
    case 'client-batch':
      return `${event.accepted ? 'takes' : 'drops'} a batch of ${place} from ${event.fetchedFrom}, next ${event.nextOffset}, ${event.records} records`;
    case 'client-commit-sent':
      return `commits ${event.offset} of ${place}`;
    case 'client-commit-settled':
      return `commit of ${event.offset} of ${place}: ${event.outcome}${event.code === null ? '' : ` (${event.code})`}`;
    case 'effect':
      return `${place} record ${event.offset}: effect ${visibleText(event.name)}`;
    case 'observed':
      return `says: ${event.observation.kind.replaceAll('-', ' ')}${'topic' in event.observation ? ` ${visibleText(event.observation.topic)}-${event.observation.partition}` : ''}${'offset' in event.observation ? ` ${event.observation.offset}` : ''}`;
    case 'paused-by-hand':
    case 'resumed-by-hand': {
      const { topic, partition } = event.selection;
      return `${visibleText(topic)}${partition === null ? '' : `-${partition}`} is ${event.kind.replaceAll('-', ' ')}`;
    }
    case 'decided-by-hand':
      return `${place} record ${event.offset}: somebody wants ${event.decision === 'retry' ? 'it tried again' : 'it in the dead letters'}`;
    case 'calm':
      return 'no more faults from here on; everything has to drain';
    case 'ended':
      return event.drained ? 'everything is done and committed' : `time is up${event.note === null ? '' : `: ${visibleText(event.note)}`}`;
    case 'client-stopped':
      return 'closes its consumer';
    default:
      return `${event.kind.replace(/^(client|member)-/, '').replaceAll('-', ' ')}${place === '' ? '' : ` ${place}`}`;
  }
}
