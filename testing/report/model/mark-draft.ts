import type { EventOf, HistoryEvent } from '../../checker/history.ts';
import { answerWords, lateWords } from './answer-words.ts';
import { faultWords } from './fault-words.ts';
import { memberName, type Happening, type LaneId, type Mark } from './mark.ts';
import { noticeOf } from './notice.ts';
import { shownSpan, shownTime } from './shown-time.ts';
import { visibleText } from './visible-text.ts';

/** What a mark says of its event, and where it stands. */
export type Draft = Pick<Mark, 'lane' | 'what' | 'sentence' | 'details'>;

/** How a call or a commit ended. */
export interface End {
  readonly event: HistoryEvent | null;
  readonly isLate: boolean;
  /** A commit before the assignment's first delivery: it stores where the group starts. */
  readonly isStart: boolean;
}

/** The event that begins a mark, or that is all of it, in words. */
export function draftOf(event: HistoryEvent, end: End): Draft {
  switch (event.kind) {
    case 'produced':
      return inLog(
        event,
        { kind: 'written', offset: event.offset, tombstone: event.tombstone },
        `Record ${event.offset}${event.tombstone ? ', a tombstone,' : ''} was written to ${placeName(event)}.`,
        [...(event.key === null ? [] : [['Key', visibleText(event.key, { limit: 120 })] as const])],
      );
    case 'log-start-moved':
      return inLog(
        event,
        { kind: 'removed', offset: event.offset },
        `Records of ${placeName(event)} below ${event.offset} were removed: the log starts at ${event.offset} now.`,
      );
    case 'committed':
      return inLog(
        event,
        { kind: 'stored', offset: event.offset },
        `The broker stores ${event.offset === null ? 'no offset' : `offset ${event.offset}`} for ${placeName(event)}.`,
      );
    case 'paused-by-hand':
    case 'resumed-by-hand':
      return {
        lane: { kind: 'member', member: memberName(event.member) },
        what: { kind: 'notice' },
        sentence: byHandSentence(event),
        details: [],
      };
    case 'decided-by-hand':
      return atWork(
        event,
        { kind: 'notice' },
        `Somebody decided on record ${event.offset}, for which a lane of ${visibleText(event.member)} stood still: ${event.decision === 'retry' ? 'try it again' : 'send it to the dead letters'}.`,
      );
    case 'member-started':
      return ofMember(event.member, 'started', `Member ${visibleText(event.member)} started.`);
    case 'member-stopping':
      return ofMember(event.member, 'stopping', `Member ${visibleText(event.member)} was told to stop.`);
    case 'member-stopped':
      return ofMember(event.member, 'stopped', `Member ${visibleText(event.member)} had stopped.`);
    case 'member-crashed':
      return ofMember(event.member, 'crashed', `Member ${visibleText(event.member)} crashed: its process died without a word.`);
    case 'client-stopped':
      return ofMember(event.member, 'stopping', `Member ${visibleText(event.member)} closed its consumer.`);
    case 'fault':
      return inScenario({ kind: 'fault' }, `${FAULT_PHASES[event.phase ?? 'armed']}: ${faultWords(event.fault)}.`);
    case 'calm':
      return inScenario({ kind: 'calm' }, 'The plan was played: no more faults from here on, and everything has to be done and committed.');
    case 'ended':
      return inScenario(
        { kind: 'ended' },
        event.drained
          ? 'Everything was done and committed.'
          : `Time was up, and not everything was done. ${visibleText(event.note ?? '')}`.trim(),
      );
    case 'client-assigned':
      return atWork(event, { kind: 'assigned' }, assignedSentence(event), [
        ['Generation', String(event.generation)],
        ['Log', `${event.logStartOffset} to ${event.logEndOffset}`],
      ]);
    case 'client-revoking':
    case 'client-revoked':
      return atWork(
        event,
        { kind: 'revoked' },
        `${placeName(event)} was taken from ${visibleText(event.member)}, which had been told before.`,
      );
    case 'client-lost':
      return atWork(event, { kind: 'lost' }, `${visibleText(event.member)} had lost ${placeName(event)}, and was told afterwards.`);
    case 'client-fetch-from':
      return atWork(event, { kind: 'other' }, `${visibleText(event.member)} asked for ${placeName(event)} from offset ${event.offset}.`);
    case 'client-batch':
      return batchDraft(event);
    case 'call-started':
    case 'call-ended':
      return callDraft(event, end);
    case 'client-commit-sent':
    case 'client-commit-settled':
      return commitDraft(event, end);
    case 'client-produce-sent':
    case 'client-produce-settled':
      return sendDraft(event, end);
    case 'effect':
      return atWork(event, { kind: 'notice' }, `${visibleText(event.member)} did “${visibleText(event.name)}” for record ${event.offset}.`);
    case 'observed':
      return noticeDraft(event);
    default:
      return unknownDraft(event);
  }
}

function byHandSentence({ kind, member, selection: { topic, partition } }: EventOf<'paused-by-hand' | 'resumed-by-hand'>): string {
  const place = partition === null ? `topic ${visibleText(topic)}` : placeName({ topic, partition });
  return `Somebody ${kind === 'paused-by-hand' ? 'paused' : 'resumed'} ${place} in ${visibleText(member)} by hand.`;
}

/** A kind of event that is newer than these words still has a name, and its place. */
function unknownDraft(event: {
  readonly kind: string;
  readonly topic?: string;
  readonly partition?: number;
  readonly member?: string;
}): Draft {
  const { kind, topic, partition, member } = event;
  const name = kind.replaceAll('-', ' ');
  const sentence = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}${member === undefined ? '' : ` (${visibleText(member)})`}.`;
  if (topic === undefined || partition === undefined) return inScenario({ kind: 'other' }, sentence);
  const place = { topic, partition };
  return member === undefined ? inLog(place, { kind: 'other' }, sentence) : atWork({ ...place, member }, { kind: 'other' }, sentence);
}

function batchDraft(event: EventOf<'client-batch'>): Draft {
  const { fetchedFrom: from, nextOffset: to, records, accepted } = event;
  const batch = `${records === 1 ? 'a batch of 1 record' : `a batch of ${records} records`}, fetched from offset ${from}`;
  return atWork(event, { kind: 'batch', from, to, accepted }, `${visibleText(event.member)} ${accepted ? 'took' : 'dropped'} ${batch}.`, [
    ['Next offset', String(to)],
  ]);
}

function callDraft(event: EventOf<'call-started' | 'call-ended'>, { event: end, isLate }: End): Draft {
  const outcome = end?.kind === 'call-ended' ? end.outcome : 'unanswered';
  const reason = end?.kind === 'call-ended' ? end.reason : null;
  return atWork(
    event,
    { kind: 'call', offset: event.offset, attempt: event.attempt, outcome, isLate },
    `${visibleText(event.member)} gave record ${event.offset} to the handler, which ${isLate ? lateWords(outcome) : answerWords(outcome, reason)}.`,
    [
      ['Delivery', event.attempt === 1 ? 'first' : `no. ${event.attempt} in this assignment`],
      ['Duration', end === null ? 'never ended' : shownSpan(end.at - event.at)],
    ],
  );
}

function commitDraft(event: EventOf<'client-commit-sent' | 'client-commit-settled'>, { event: end, isStart }: End): Draft {
  const outcome = end?.kind === 'client-commit-settled' ? end.outcome : 'unanswered';
  const code = end?.kind === 'client-commit-settled' ? end.code : null;
  const settled = {
    acknowledged: 'Kafka stored it',
    refused: `Kafka refused it${code === null ? '' : ` (${visibleText(code)})`}`,
    unknown: 'no answer came: stored or not, nobody knows',
    unanswered: 'no answer came before the end',
  }[outcome];
  return atWork(
    event,
    { kind: 'commit', offset: event.offset, outcome },
    isStart
      ? `${visibleText(event.member)} committed offset ${event.offset} of ${placeName(event)}, its start, before the first delivery: a restart starts there again; ${settled}.`
      : `${visibleText(event.member)} committed offset ${event.offset} of ${placeName(event)}; ${settled}.`,
    [['Sent at', shownTime(event.at)], answeredAt(event, end)],
  );
}

function sendDraft(event: EventOf<'client-produce-sent' | 'client-produce-settled'>, { event: end }: End): Draft {
  const outcome = end?.kind === 'client-produce-settled' ? end.outcome : 'unanswered';
  const settled = {
    acknowledged: 'Kafka stored',
    refused: 'Kafka refused',
    unknown: 'no answer came for',
    unanswered: 'no answer came before the end for',
  }[outcome];
  const messages = event.messages.length;
  return atWork(
    event,
    { kind: 'send', messages, outcome },
    `${visibleText(event.member)} wrote ${messages === 1 ? '1 message' : `${messages} messages`} to ${placeName(event)}; ${settled} ${messages === 1 ? 'it' : 'them'}.`,
    [['Sent at', shownTime(event.at)], answeredAt(event, end)],
  );
}

function answeredAt(begun: HistoryEvent, end: HistoryEvent | null): readonly [string, string] {
  return ['Answered at', end === null ? 'never' : `${shownTime(end.at)}, ${shownSpan(end.at - begun.at)} later`];
}

function noticeDraft({ observation }: EventOf<'observed'>): Draft {
  const sentence = noticeOf(observation) ?? `${observation.kind.replaceAll('-', ' ')}.`;
  const lane: LaneId =
    'topic' in observation
      ? { kind: 'work', topic: observation.topic, partition: observation.partition, member: memberName(observation.member) }
      : { kind: 'member', member: memberName(observation.member) };
  return {
    lane,
    what: { kind: 'notice' },
    sentence: `The runtime of ${visibleText(observation.member)} reported: ${sentence}`,
    details: [],
  };
}

function assignedSentence(event: EventOf<'client-assigned'>): string {
  const start =
    event.committedOffset === null ? 'the group had no committed offset there yet' : `committed so far: offset ${event.committedOffset}`;
  return `${visibleText(event.member)} was assigned ${placeName(event)}; ${start}.`;
}

interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** `orders-0`, as Kafka's own tools write it. */
export function placeName({ topic, partition }: Place): string {
  return `${visibleText(topic)}-${partition}`;
}

/** A fault that waits is told once more when it meets something, and when it is over. */
const FAULT_PHASES = { armed: 'A fault was set up', felt: 'The fault took effect', over: 'The fault was over' } as const;

function inScenario(what: Happening, sentence: string): Draft {
  return { lane: { kind: 'scenario' }, what, sentence, details: [] };
}

function ofMember(member: string, kind: 'started' | 'stopping' | 'stopped' | 'crashed', sentence: string): Draft {
  return { lane: { kind: 'member', member: memberName(member) }, what: { kind }, sentence, details: [] };
}

function inLog({ topic, partition }: Place, what: Happening, sentence: string, details: Mark['details'] = []): Draft {
  return { lane: { kind: 'log', topic, partition }, what, sentence, details };
}

function atWork(event: Place & { readonly member: string }, what: Happening, sentence: string, details: Mark['details'] = []): Draft {
  const { topic, partition, member } = event;
  return { lane: { kind: 'work', topic, partition, member: memberName(member) }, what, sentence, details };
}
