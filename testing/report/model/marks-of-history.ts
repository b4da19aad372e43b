import type { EventOf, History, HistoryEvent } from '../../checker/history.ts';
import { CheckerState } from '../../checker/checker-state.ts';
import { isValid } from '../../checker/ownership.ts';
import type { Violation } from '../../checker/violation.ts';
import type { Mark } from './mark.ts';
import { draftOf } from './mark-draft.ts';
import { noticeOf } from './notice.ts';

/**
 * Everything in a history that a person can look at, in its order. What begins and ends is one mark. Left out: batches
 * without records, fetch positions, the broker's answers that change nothing, and what the runtime reports about itself
 * unless it is out of the ordinary; each of them is a mark after all where it breaks the promise.
 */
export function marksOfHistory(history: History, violation: Violation): readonly Mark[] {
  const ends = endsOf(history.events);
  const late = lateAnswers(history);
  const starts = startCommits(history);
  const marks: Mark[] = [];
  const stored = new Map<string, number | null>();
  for (const [index, event] of history.events.entries()) {
    const end = ends.get(index) ?? null;
    const violates = index === violation.event || (end !== null && end.index === violation.event);
    // The broker's word already: seeing the same stored is no news.
    if (event.kind === 'client-commit-settled' && event.outcome === 'acknowledged')
      stored.set(`${event.topic}-${event.partition}`, event.offset);
    if (isEnd(event)) continue;
    const draft = draftOf(event, { event: end?.event ?? null, isLate: end !== null && late.has(end.index), isStart: starts.has(index) });
    if (!violates && !isWorthAMark(event, stored)) continue;
    marks.push({
      event: index,
      untilEvent: end?.index ?? null,
      at: event.at,
      until: end?.event.at ?? null,
      member: memberOf(event),
      violates,
      ...draft,
    });
  }
  return marks;
}

/** The event that ends a call or a commit, by the index of the one that began it. */
function endsOf(events: readonly HistoryEvent[]): ReadonlyMap<number, { readonly index: number; readonly event: HistoryEvent }> {
  const begun = new Map<string, number>();
  const ends = new Map<number, { readonly index: number; readonly event: HistoryEvent }>();
  for (const [index, event] of events.entries()) {
    if (event.kind === 'call-started') begun.set(`call ${event.call}`, index);
    else if (event.kind === 'client-commit-sent') begun.set(`commit ${event.commit}`, index);
    else if (event.kind === 'client-produce-sent') begun.set(`produce ${event.produce}`, index);
    else if (isEnd(event)) {
      const start = begun.get(beginningOf(event));
      if (start !== undefined) ends.set(start, { index, event });
    }
  }
  return ends;
}

type EndEvent = EventOf<'call-ended' | 'client-commit-settled' | 'client-produce-settled'>;

function isEnd(event: HistoryEvent): event is EndEvent {
  return event.kind === 'call-ended' || event.kind === 'client-commit-settled' || event.kind === 'client-produce-settled';
}

function beginningOf(event: EndEvent): string {
  if (event.kind === 'call-ended') return `call ${event.call}`;
  return event.kind === 'client-commit-settled' ? `commit ${event.commit}` : `produce ${event.produce}`;
}

/** Commits of where an assignment starts that found no committed offset, before its first delivery. */
function startCommits({ events, settings }: History): ReadonlySet<number> {
  /** The start of each assignment that has delivered nothing yet. */
  const fresh = new Map<string, number>();
  const starts = new Set<number>();
  for (const [index, event] of events.entries()) {
    if (!('member' in event && 'topic' in event)) continue;
    const holding = `${event.member} ${event.topic} ${event.partition}`;
    if (event.kind === 'client-assigned' && event.committedOffset === null)
      fresh.set(holding, settings.offsetReset === 'latest' ? event.logEndOffset : event.logStartOffset);
    else if (event.kind === 'client-assigned' || event.kind === 'client-batch' || event.kind === 'call-started') fresh.delete(holding);
    else if (event.kind === 'client-commit-sent' && fresh.get(holding) === event.offset) starts.add(index);
  }
  return starts;
}

/** Answers of an assignment that was over when they came, by the checker's own books. */
function lateAnswers(history: History): ReadonlySet<number> {
  const state = new CheckerState(history);
  const late = new Set<number>();
  for (const [index, event] of history.events.entries()) {
    const call = event.kind === 'call-ended' ? state.runningCalls.get(event.call) : undefined;
    if (call !== undefined && !isValid(call.partition, call.holding)) late.add(index);
    state.see(event);
  }
  return late;
}

/** Keeps count of what the broker was seen to store: the same answer again is no news. */
function isWorthAMark(event: HistoryEvent, stored: Map<string, number | null>): boolean {
  switch (event.kind) {
    case 'client-batch':
      return event.records > 0 || !event.accepted;
    case 'client-fetch-from':
    case 'client-stopped':
    case 'client-revoking':
      return false;
    case 'committed': {
      const where = `${event.topic}-${event.partition}`;
      const before = stored.get(where) ?? null;
      stored.set(where, event.offset);
      return event.offset !== before;
    }
    case 'observed':
      return noticeOf(event.observation) !== null;
    default:
      return true;
  }
}

function memberOf(event: HistoryEvent): string | null {
  if (event.kind === 'observed') return event.observation.member;
  return 'member' in event ? event.member : null;
}
