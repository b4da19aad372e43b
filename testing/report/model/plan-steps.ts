import type { Plan, PlanOp, RecordScript } from '../../scenario/plan.ts';
import { faultWords } from './fault-words.ts';
import { shownSpan } from './shown-time.ts';
import { visibleText } from './visible-text.ts';

/** One line of a plan, as a person would write it on a whiteboard. */
export interface PlanStep {
  readonly kind: PlanOp['op'] | 'fault';
  readonly words: string;
  /** What the record's handler will do, or other small print. */
  readonly aside: string | null;
}

export interface PlanSteps {
  readonly steps: readonly PlanStep[];
  /** What the plan stands on: brokers, partitions, where the group starts. */
  readonly setting: string;
  readonly omitted: number;
  /** What every plan ends with. */
  readonly ending: string;
}

const MAX_STEPS = 200;

export function planSteps(plan: Plan): PlanSteps {
  const steps: PlanStep[] = [];
  const faultsBefore = (index: number, isLast: boolean): void => {
    for (const { afterOps, fault } of plan.faults) {
      if (afterOps === index || (isLast && afterOps > index)) steps.push({ kind: 'fault', words: capital(faultWords(fault)), aside: null });
    }
  };
  const offsets = new Map<string, number>();
  for (const [index, op] of plan.ops.entries()) {
    faultsBefore(index, false);
    steps.push(opStep(op, offsets));
  }
  faultsBefore(plan.ops.length, true);
  const partitions = plan.config.topics.map((topic) => `${visibleText(topic.name)} (${count(topic.partitions, 'partition')})`).join(', ');
  const shown = steps.slice(0, MAX_STEPS);
  return {
    steps: shown,
    setting: `${count(plan.config.brokers, 'broker')}; ${plan.config.topics.length === 1 ? 'topic' : 'topics'} ${partitions}; a new group starts at the ${plan.config.offsetReset} record; session time-out ${shownSpan(plan.config.sessionTimeoutMs)}`,
    omitted: steps.length - shown.length,
    ending: `Then ${plan.ops.some((op) => op.op === 'join') ? '' : 'member a starts, '}no more faults are injected, and everything has to be done and committed. What a record’s handling was told to do, it still does.`,
  };
}

function opStep(op: PlanOp, offsets: Map<string, number>): PlanStep {
  switch (op.op) {
    case 'produce': {
      const place = `${visibleText(op.topic)}-${op.partition}`;
      const offset = offsets.get(place) ?? 0;
      offsets.set(place, offset + 1);
      const tombstone = op.value === null ? ', a tombstone,' : '';
      const key = op.key === null || op.key === '' ? '' : ` with key “${visibleText(op.key, { limit: 40 })}”`;
      return { kind: 'produce', words: `Write record ${offset}${tombstone} to ${place}${key}`, aside: scriptWords(op.script ?? {}) };
    }
    case 'join':
      return { kind: 'join', words: `Member ${visibleText(op.member)} starts`, aside: null };
    case 'leave':
      return { kind: 'leave', words: `Member ${visibleText(op.member)} stops in good order`, aside: null };
    case 'crash':
      return { kind: 'crash', words: `Member ${visibleText(op.member)} crashes`, aside: null };
    case 'pause':
      return { kind: 'pause', words: `Member ${visibleText(op.member)} pauses ${placeWords(op)} by hand`, aside: null };
    case 'resume':
      return { kind: 'resume', words: `Member ${visibleText(op.member)} resumes ${placeWords(op)} by hand`, aside: null };
    case 'decide':
      return {
        kind: 'decide',
        words: 'Somebody decides on every halted lane',
        aside: op.besideCalls === true ? 'also where it goes on beside a call that hangs' : null,
      };
    case 'wait':
      return { kind: 'wait', words: `Wait ${shownSpan(op.ms)}`, aside: null };
    default:
      // A kind of operation that is newer than these words still has a name.
      return {
        kind: (op as { readonly op: 'wait' }).op,
        words: capital((op as { readonly op: string }).op.replaceAll('-', ' ')),
        aside: null,
      };
  }
}

function placeWords({ topic, partition }: { readonly topic: string; readonly partition?: number }): string {
  return partition === undefined ? visibleText(topic) : `${visibleText(topic)}-${partition}`;
}

function scriptWords(script: RecordScript): string | null {
  const parts = [
    script.skips === undefined || script.skips === 0 ? null : `is skipped ${times(script.skips)}${askedWords(script)}`,
    script.failures === undefined || script.failures === 0 ? null : `fails ${times(script.failures)}`,
    script.slowMs === undefined || script.slowMs === 0 ? null : `takes ${shownSpan(script.slowMs)} a call`,
    script.whenHalted === 'dead-letter' ? 'is sent to the dead letters by hand where its lane halts' : null,
    script.verdict === 'reject' ? 'is rejected in the end' : null,
  ].filter((each) => each !== null);
  if (parts.length === 0) return null;
  const then = script.verdict === 'reject' || (script.skips ?? 0) + (script.failures ?? 0) === 0 ? '' : ', then succeeds';
  return `its handling ${parts.join(', ')}${then}`;
}

/** Nothing where its Skips leave the time to the back-off. */
function askedWords({ retryAfterMs }: RecordScript): string {
  return retryAfterMs === undefined ? '' : ` and asks to come again after ${shownSpan(retryAfterMs)}`;
}

function times(count: number): string {
  return count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
