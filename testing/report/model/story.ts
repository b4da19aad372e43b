import { listOffsets } from '../../checker/wording.ts';
import { laneKey, type Mark } from './mark.ts';
import { ordinal } from './ordinal.ts';
import { placeName } from './mark-draft.ts';
import { marksOfHistory } from './marks-of-history.ts';
import type { PlayedPlan } from './played-plan.ts';
import { riskWindow } from './risk-window.ts';
import { shownSpan, shownTime } from './shown-time.ts';
import { visibleText } from './visible-text.ts';

/** One step of what happened, in the words of somebody who tells it. */
export interface StoryStep {
  readonly at: number;
  /** Index in the history of the mark that it tells of. */
  readonly event: number;
  readonly sentence: string;
  /** `trouble`: what set it off; `violation`: the promise broke; `risk`: what could have been lost, and when; `after`: what came of it. */
  readonly tone: 'plain' | 'trouble' | 'violation' | 'risk' | 'after';
  /** When it was over, where the step tells of a time and not of a moment. */
  readonly until?: number;
}

/** `558 ms`; of a time its end, `to 601 ms`: it begins with the step before. */
export function stepTime({ at, until }: StoryStep): string {
  return until === undefined ? shownTime(at) : `to ${shownTime(until)}`;
}

/** A story is read whole: this many steps before the violation, and after it. */
const MAX_BEFORE = 8;
const MAX_AFTER = 3;

/** Invariants whose records are not done: a commit that passes them later is the loss. */
const LEAVES_OPEN: readonly string[] = ['discontinuity', 'wrong-start', 'stale-effect'];

/** What led to the violation and what came of it, told from the marks that have to do with it. */
export function tellStory(played: PlayedPlan): readonly StoryStep[] {
  const { history, violation } = played;
  const marks = marksOfHistory(history, violation);
  const violating = marks.find((mark) => mark.violates);
  const before = marks.filter((mark) => mark.event < (violating?.event ?? violation.event) && isAbout(mark, played));
  const chosen = mostTelling(withoutRepeats(before), played);
  return [
    ...writtenStep(before, played),
    ...chosen.map((mark) => ({ at: mark.at, event: mark.event, sentence: retold(mark, played), tone: toneOf(mark, played) })),
    violationStep(violating, played),
    ...afterSteps(marks, played),
  ].sort(byTime);
}

function byTime(left: StoryStep, right: StoryStep): number {
  return left.at - right.at || rankOf(left) - rankOf(right) || left.event - right.event;
}

function rankOf({ tone }: StoryStep): number {
  return tone === 'after' ? 2 : tone === 'risk' ? 1 : 0;
}

/** On the violated partition, in the life of a member who worked there, or of the scenario. */
function isAbout(mark: Mark, { violation }: PlayedPlan): boolean {
  const { lane } = mark;
  if ('topic' in lane) return lane.topic === violation.topic && lane.partition === violation.partition;
  return true;
}

function writtenStep(before: readonly Mark[], { violation }: PlayedPlan): readonly StoryStep[] {
  const offsets = before.flatMap((mark) => (mark.what.kind === 'written' ? [mark.what.offset] : []));
  const first = before.find((mark) => mark.what.kind === 'written');
  if (first === undefined) return [];
  const many =
    offsets.length > 5 ? `${offsets.length} records, ${Math.min(...offsets)} to ${Math.max(...offsets)},` : capital(joined(offsets));
  const verb = offsets.length === 1 ? 'was' : 'were';
  return [{ at: first.at, event: first.event, sentence: `${many} ${verb} written to ${placeName(violation)}.`, tone: 'plain' }];
}

/** `record 0`, `records 0 and 1`, `records 0, 1 and 2`. */
function joined(offsets: readonly number[]): string {
  if (offsets.length === 1) return `record ${offsets[0]}`;
  return `records ${offsets.slice(0, -1).join(', ')} and ${offsets.at(-1)}`;
}

/** So many calls of a record in a row that end alike are told by the first and the last of them. */
const MANY_ALIKE = 4;

function withoutRepeats(marks: readonly Mark[]): readonly Mark[] {
  const runs: Mark[][] = [];
  const lastRuns = new Map<string, Mark[]>();
  for (const mark of marks) {
    const { what } = mark;
    if (what.kind !== 'call') continue;
    const record = `${laneKey(mark.lane)} ${what.offset}`;
    const run = lastRuns.get(record);
    const before = run?.at(-1)?.what;
    if (run !== undefined && before?.kind === 'call' && before.outcome === what.outcome && before.isLate === what.isLate) run.push(mark);
    else {
      const begun = [mark];
      runs.push(begun);
      lastRuns.set(record, begun);
    }
  }
  const retold = new Map<Mark, Mark | null>();
  for (const run of runs.filter(({ length }) => length >= MANY_ALIKE)) {
    for (const mark of run.slice(1, -1)) retold.set(mark, null);
    const last = run.at(-1) as Mark;
    retold.set(last, { ...last, sentence: `${last.sentence} That was the ${ordinal(run.length)} time in a row.` });
  }
  return marks.flatMap((mark) => {
    const told = retold.get(mark);
    return told === null ? [] : [told ?? mark];
  });
}

function mostTelling(before: readonly Mark[], played: PlayedPlan): readonly Mark[] {
  const calls = before.filter((mark) => mark.what.kind === 'call');
  const lastCall = calls.at(-1);
  return before
    .map((mark) => ({ mark, weight: weightOf(mark, played) + (mark === lastCall ? 3 : 0) }))
    .filter(({ weight }) => weight > 0)
    .sort((left, right) => right.weight - left.weight || right.mark.event - left.mark.event)
    .slice(0, MAX_BEFORE)
    .map(({ mark }) => mark)
    .sort((left, right) => left.event - right.event);
}

/** How much a mark explains. */
function weightOf({ what }: Mark, { violation }: PlayedPlan): number {
  switch (what.kind) {
    case 'call':
      return violation.offsets.includes(what.offset) ? 6 : 1;
    case 'crashed':
    case 'lost':
      return 5;
    case 'revoked':
    case 'fault':
    case 'removed':
      return 4;
    case 'assigned':
    case 'notice':
      return 3;
    case 'commit':
    case 'send':
      return 2;
    case 'batch':
      return violation.invariant === 'discontinuity' || !what.accepted ? 3 : 0;
    case 'started':
    case 'stopping':
      return 2;
    default:
      return 0;
  }
}

function toneOf({ what }: Mark, { violation }: PlayedPlan): StoryStep['tone'] {
  if (what.kind === 'call' && violation.offsets.includes(what.offset) && what.outcome !== 'consume' && what.outcome !== 'reject')
    return 'trouble';
  return what.kind === 'crashed' || what.kind === 'lost' || what.kind === 'fault' ? 'trouble' : 'plain';
}

function retold(mark: Mark, { violation }: PlayedPlan): string {
  const { what } = mark;
  if (what.kind !== 'call') return mark.sentence;
  // Not what had not happened yet when the promise broke.
  if (mark.untilEvent !== null && mark.untilEvent <= violation.event) return mark.sentence;
  return `${visibleText(mark.member ?? '')} gave record ${what.offset} to the handler, which had not answered yet when the promise broke.`;
}

function violationStep(violating: Mark | undefined, { history, violation }: PlayedPlan): StoryStep {
  const base = { at: violation.at, event: violating?.event ?? violation.event, tone: 'violation' as const };
  if (violation.invariant === 'commit-past-open' && violating?.what.kind === 'commit') {
    const { offset } = violating.what;
    const open = violation.offsets;
    const isDoneNow = riskWindow(history, violation) === null;
    const sent = violating.at === violation.at ? '' : ` (sent at ${shownTime(violating.at)})`;
    return {
      ...base,
      sentence: `${visibleText(violating.member ?? '')} committed offset ${offset}${sent}, and Kafka stored it. That says: “everything before ${offset} is done.” But ${listOffsets(open)} ${open.length === 1 ? 'was' : 'were'} not done${isDoneNow ? ' when it was sent' : ''}.`,
    };
  }
  return { ...base, sentence: visibleText(violation.message) };
}

function afterSteps(marks: readonly Mark[], { history, violation }: PlayedPlan): readonly StoryStep[] {
  if (violation.offsets.length === 0) return [];
  const after = marks.filter((mark) => mark.event > violation.event);
  const isDone = ({ what, lane }: Mark): boolean =>
    what.kind === 'call' &&
    !what.isLate &&
    'topic' in lane &&
    isOf(lane, violation) &&
    violation.offsets.includes(what.offset) &&
    (what.outcome === 'consume' || what.outcome === 'reject');
  const passing = after.find(
    ({ what, lane }) =>
      what.kind === 'commit' &&
      'topic' in lane &&
      isOf(lane, violation) &&
      what.outcome === 'acknowledged' &&
      what.offset > Math.min(...violation.offsets),
  );
  const steps: StoryStep[] = after
    .filter(
      ({ what, lane }) =>
        (what.kind === 'call' && 'topic' in lane && isOf(lane, violation) && violation.offsets.includes(what.offset)) ||
        what.kind === 'crashed',
    )
    .slice(0, MAX_AFTER)
    .map((mark) => ({ at: mark.at, event: mark.event, sentence: mark.sentence, tone: 'after' as const }));
  // Also a call that was running when the promise broke.
  const done = marks.find((mark) => (mark.untilEvent ?? mark.event) > violation.event && isDone(mark));
  if (violation.invariant !== 'commit-past-open') {
    const isLoss = passing !== undefined && (done === undefined || (done.untilEvent ?? done.event) > (passing.untilEvent ?? passing.event));
    if (!isLoss || !LEAVES_OPEN.includes(violation.invariant)) return steps;
    const sentence = `${passing.sentence} ${capital(listOffsets(violation.offsets))} had not been done: a restart from here on loses ${violation.offsets.length === 1 ? 'it' : 'them'}.`;
    return [...steps, { at: passing.at, event: passing.event, sentence, tone: 'after' }];
  }
  const records = listOffsets(violation.offsets);
  const last = history.events.at(-1);
  if (riskWindow(history, violation) === null) {
    const sentence = `${capital(records)} ${violation.offsets.length === 1 ? 'was' : 'were'} done before the answer to the commit came: this run was lucky. A restart or crash in between, with the commit stored, would have lost ${violation.offsets.length === 1 ? 'it' : 'them'} for good, without an error or a trace.`;
    return [{ at: violation.at, event: violation.event, sentence, tone: 'risk' }];
  }
  if (done === undefined) {
    const sentence = `${capital(records)} ${violation.offsets.length === 1 ? 'was' : 'were'} never handled to the end: lost.`;
    const given = steps.length > 0;
    return [
      ...steps,
      {
        at: last?.at ?? violation.at,
        event: history.events.length - 1,
        sentence: given ? sentence : `Nobody was given ${records} again: lost.`,
        tone: 'after',
      },
    ];
  }
  const doneAt = done.until ?? done.at;
  const them = violation.offsets.length === 1 ? 'it' : 'them';
  return [
    {
      at: violation.at,
      until: doneAt,
      event: done.event,
      sentence: `For the next ${shownSpan(doneAt - violation.at)} a restart or crash would have lost ${records} for good, without an error or a trace. This run was lucky: the process lived on, still had ${them} in memory, and handled ${them} at ${shownTime(doneAt)}.`,
      tone: 'risk' as const,
    },
    ...steps.filter((step) => step.event <= done.event),
  ];
}

function isOf(lane: { readonly topic: string; readonly partition: number }, violation: PlayedPlan['violation']): boolean {
  return lane.topic === violation.topic && lane.partition === violation.partition;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
