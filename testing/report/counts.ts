import type { History } from '../checker/history.ts';
import { INVARIANT_NAMES, type InvariantName } from '../checker/violation.ts';
import type { FaultKind } from '../fault.ts';

/** What a run did, so that an empty one cannot pass for a good one. */
export interface Counts {
  readonly records: number;
  readonly tombstones: number;
  /** Calls of a handler. */
  readonly deliveries: number;
  /** Deliveries of a record after its first. */
  readonly redeliveries: number;
  readonly skips: number;
  readonly rejects: number;
  readonly failures: number;
  /** Commits that were acknowledged. */
  readonly commits: number;
  readonly deadLetters: number;
  /** Messages that the subject wrote a second time, each with a cause or a violation of `duplicate`. */
  readonly duplicates: number;
  /** Assignments after a group's first one. */
  readonly rebalances: number;
  readonly crashes: number;
  /** Faults that changed a reply or an event. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  /** How many things each invariant judged. */
  readonly invariants: Readonly<Record<InvariantName, number>>;
  /** Faults that were armed, whether they fired or not. */
  readonly armed: Readonly<Partial<Record<FaultKind, number>>>;
  /** How many things each check that a scenario brings along has judged. */
  readonly ownChecks: Readonly<Record<string, number>>;
  /** How often each fact that a scenario wants to see at least once was seen. */
  readonly facts: Readonly<Record<string, number>>;
}

export const NUMBER_COUNTS = [
  'records',
  'tombstones',
  'deliveries',
  'redeliveries',
  'skips',
  'rejects',
  'failures',
  'commits',
  'deadLetters',
  'duplicates',
  'rebalances',
  'crashes',
] as const;
export type NumberCount = (typeof NUMBER_COUNTS)[number];

export function noCounts(): Counts {
  const numbers = Object.fromEntries(NUMBER_COUNTS.map((name) => [name, 0])) as Record<NumberCount, number>;
  const invariants = Object.fromEntries(INVARIANT_NAMES.map((name) => [name, 0])) as Record<InvariantName, number>;
  return { ...numbers, faults: {}, invariants, armed: {}, ownChecks: {}, facts: {} };
}

export function addCounts(left: Counts, right: Counts): Counts {
  const numbers = Object.fromEntries(NUMBER_COUNTS.map((name) => [name, left[name] + right[name]])) as Record<NumberCount, number>;
  const invariants = Object.fromEntries(INVARIANT_NAMES.map((name) => [name, left.invariants[name] + right.invariants[name]])) as Record<
    InvariantName,
    number
  >;
  return {
    ...numbers,
    faults: addEach(left.faults, right.faults),
    invariants,
    armed: addEach(left.armed, right.armed),
    ownChecks: addEach(left.ownChecks, right.ownChecks),
    facts: addEach(left.facts, right.facts),
  };
}

/** Sums by name, of names that either has. */
function addEach(left: Readonly<Record<string, number>>, right: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const added = Object.entries(right);
  if (added.length === 0) return left;
  const sums: Record<string, number> = { ...left };
  for (const [name, count] of added) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}

export function countHistory(history: History, fired: ReadonlyMap<FaultKind, number>, invariants: Counts['invariants']): Counts {
  const numbers = Object.fromEntries(NUMBER_COUNTS.map((name) => [name, 0])) as Record<NumberCount, number>;
  const delivered = new Set<string>();
  const assignments = new Set<string>();
  const armed: Partial<Record<FaultKind, number>> = {};
  for (const event of history.events) {
    switch (event.kind) {
      case 'produced':
        numbers.records += 1;
        if (event.tombstone) numbers.tombstones += 1;
        break;
      case 'call-started': {
        const id = `${event.topic}/${event.partition}/${event.offset}`;
        numbers.deliveries += 1;
        if (delivered.has(id)) numbers.redeliveries += 1;
        delivered.add(id);
        break;
      }
      case 'call-ended':
        if (event.outcome === 'skip') numbers.skips += 1;
        if (event.outcome === 'reject') numbers.rejects += 1;
        if (event.outcome === 'failed') numbers.failures += 1;
        break;
      case 'client-commit-settled':
        if (event.outcome === 'acknowledged') numbers.commits += 1;
        break;
      case 'client-assigned':
        assignments.add(`${event.generation}`);
        break;
      case 'member-crashed':
        numbers.crashes += 1;
        break;
      case 'fault':
        if (event.phase === undefined) armed[event.fault.kind] = (armed[event.fault.kind] ?? 0) + 1;
        break;
      default:
        break;
    }
  }
  const { deadLetterTopic = null, handlers = [] } = history.settings;
  const letterTopics = new Set([deadLetterTopic, ...handlers.map((handler) => handler.deadLetterTopic ?? null)]);
  for (const { topic, messages } of history.written ?? []) {
    const known = new Set<string>();
    for (const { message } of messages) {
      if (message === null) continue;
      if (letterTopics.has(topic)) numbers.deadLetters += 1;
      if (known.has(message)) numbers.duplicates += 1;
      known.add(message);
    }
  }
  numbers.rebalances = Math.max(0, assignments.size - 1);
  return { ...numbers, faults: Object.fromEntries(fired) as Counts['faults'], invariants, armed, ownChecks: {}, facts: {} };
}
