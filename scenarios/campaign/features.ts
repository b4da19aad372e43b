/** What a history shows, as a set of words: plans that show something new are worth keeping. */
import type { History, HistoryEvent } from '../../testing/checker/history.ts';

/**
 * Which kinds of events came one after the other, for each member and for each partition; with how often each kind was
 * seen, in powers of two. A rare order of things is a feature; its offsets and times are not.
 */
export function featuresOf(history: History): readonly string[] {
  const features = new Set<string>();
  const last = new Map<string, string>();
  const counts = new Map<string, number>();
  for (const event of history.events) {
    const word = wordOf(event);
    counts.set(word, (counts.get(word) ?? 0) + 1);
    for (const lane of lanesOf(event)) {
      const before = last.get(lane.name);
      if (before !== undefined) features.add(`${lane.kind}: ${before} > ${word}`);
      last.set(lane.name, word);
    }
  }
  for (const [word, count] of counts) features.add(`${word} × ${2 ** Math.floor(Math.log2(count))}`);
  return [...features];
}

function wordOf(event: HistoryEvent): string {
  switch (event.kind) {
    case 'observed':
      return event.observation.kind;
    case 'fault':
      return `fault ${event.fault.kind} ${'phase' in event ? String(event.phase) : ''}`;
    case 'call-ended':
    case 'client-commit-settled':
      return `${event.kind} ${event.outcome}`;
    default:
      return event.kind;
  }
}

interface Lane {
  readonly kind: 'member' | 'partition';
  readonly name: string;
}

function lanesOf(event: HistoryEvent): readonly Lane[] {
  const lanes: Lane[] = [];
  const about = event as { readonly member?: unknown; readonly topic?: unknown; readonly partition?: unknown };
  if (typeof about.member === 'string') lanes.push({ kind: 'member', name: about.member });
  if (typeof about.topic === 'string' && typeof about.partition === 'number')
    lanes.push({ kind: 'partition', name: `${about.topic}-${about.partition}` });
  return lanes;
}
