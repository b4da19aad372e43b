/** Plays a plan twice and compares: a run that does not do the same thing twice says nothing about the handler. */
import type { HistoryEvent } from '../testing/checker/history.ts';
import type { Plan } from '../testing/scenario/plan.ts';
import { contentHash } from '../testing/simulation/content-hash.ts';
import { watchLeaks, type Leak } from '../testing/simulation/leak-watch.ts';
import type { TraceEntry } from '../testing/simulation/trace.ts';
import type { Venue } from '../testing/venue.ts';
import { playPlan, type ScenarioPlace } from './play-plan.ts';
import type { PlanResult } from './run-plan.ts';
import type { ScenarioDefinition } from './scenario-definition.ts';

/** Enough for any plan of a generator's. */
const TRACE_LIMIT = 200_000;

/** Where two runs of one plan part. */
export interface Divergence {
  /** Index of the event, counted from the beginning of the run. */
  readonly index: number;
  /** Virtual milliseconds since the epoch in each run; null where it had ended. */
  readonly at: readonly [number | null, number | null];
  /** What happened there in each run, in plain words. */
  readonly what: readonly [string, string];
}

/** `controlled`: the same events both times, and nothing of the platform's in a handler. */
export type Determinism =
  | { readonly controlled: true; readonly result: PlanResult }
  | {
      readonly controlled: false;
      readonly result: PlanResult;
      readonly traceHashes: readonly [string, string];
      /** Null where both runs did the same, but a handler did real I/O: next time it may not. */
      readonly divergence: Divergence | null;
      readonly leaks: readonly Leak[];
      /** Plain words, for a report. */
      readonly message: string;
    };

/** `earlier` is the trace hash of a run of this plan before, if there was one: it must be met as well. */
export async function guardDeterminism(
  scenario: ScenarioDefinition,
  plan: Plan,
  place: ScenarioPlace,
  earlier?: string,
): Promise<Determinism> {
  const first = await playTraced(scenario, plan, place);
  const second = await playTraced(scenario, plan, place);
  const leaks = mergeLeaks([...first.leaks, ...second.leaks]);
  const { result } = second;
  const traceHashes = [earlier ?? first.result.traceHash, result.traceHash] as const;
  const same = first.result.traceHash === result.traceHash && traceHashes[0] === result.traceHash;
  if (same && leaks.length === 0) return { controlled: true, result };
  const divergence = same ? null : findDivergence(first, second);
  return { controlled: false, result, traceHashes, divergence, leaks, message: describe(same, divergence, leaks) };
}

interface TracedRun {
  readonly result: PlanResult;
  readonly trace: readonly TraceEntry[];
  readonly leaks: readonly Leak[];
}

async function playTraced(scenario: ScenarioDefinition, plan: Plan, place: ScenarioPlace): Promise<TracedRun> {
  let venue: Venue | null = null;
  const traced: ScenarioPlace = {
    ...place,
    openVenue: async (config, run) => (venue = await place.openVenue(config, { ...run, traceLimit: TRACE_LIMIT })),
  };
  const stop = watchLeaks();
  try {
    const result = await playPlan(scenario, plan, traced);
    return { result, trace: (venue as Venue | null)?.trace?.() ?? [], leaks: stop() };
  } catch (error) {
    stop();
    throw error;
  }
}

/** What the witnesses say first, since people understand it; else the first event of the loop that differs. */
function findDivergence(first: TracedRun, second: TracedRun): Divergence | null {
  const told = firstDifference(first.result.history.events, second.result.history.events, (event) => contentHash(event));
  if (told !== null) return toDivergence(told, (event) => event.at, describeEvent);
  const happened = firstDifference(first.trace, second.trace, (entry) => `${entry.hash ?? ''}`);
  return happened === null
    ? null
    : toDivergence(
        happened,
        (entry) => entry.at,
        (entry) => `${entry.lane}: ${entry.what}`,
      );
}

interface Difference<Item> {
  readonly index: number;
  readonly items: readonly [Item | undefined, Item | undefined];
}

function firstDifference<Item>(left: readonly Item[], right: readonly Item[], digest: (item: Item) => string): Difference<Item> | null {
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const items = [left[index], right[index]] as const;
    const [one, other] = items;
    if (one === undefined || other === undefined || digest(one) !== digest(other)) return { index, items };
  }
  return null;
}

function toDivergence<Item>({ index, items }: Difference<Item>, at: (item: Item) => number, words: (item: Item) => string): Divergence {
  const [one, other] = items;
  const timeOf = (item: Item | undefined): number | null => (item === undefined ? null : at(item));
  const wordsOf = (item: Item | undefined): string => (item === undefined ? 'nothing more' : words(item));
  return { index, at: [timeOf(one), timeOf(other)], what: [wordsOf(one), wordsOf(other)] };
}

function describeEvent(event: HistoryEvent): string {
  if (event.kind === 'observed') {
    const { observation } = event;
    return `${observation.member}: ${observation.kind}${'topic' in observation ? ` ${observation.topic}-${observation.partition}` : ''}`;
  }
  const member = 'member' in event && typeof event.member === 'string' ? `${event.member}: ` : '';
  const place = 'topic' in event ? ` ${event.topic}-${event.partition}` : '';
  const offset = 'offset' in event ? ` at ${String(event.offset)}` : '';
  const outcome = 'outcome' in event ? `, ${event.outcome}` : '';
  return `${member}${event.kind}${place}${offset}${outcome}`;
}

function mergeLeaks(leaks: readonly Leak[]): readonly Leak[] {
  const merged = new Map<string, Leak>();
  for (const leak of leaks) {
    const key = `${leak.type} ${leak.handler} ${leak.record}`;
    if (!merged.has(key)) merged.set(key, leak);
  }
  return [...merged.values()];
}

function describe(same: boolean, divergence: Divergence | null, leaks: readonly Leak[]): string {
  const [leak] = leaks;
  const cause =
    leak === undefined
      ? 'Nothing of the platform was seen in a handler: look for Math.random, Date.now, random ids, or something that outlives a run.'
      : `The handler of ${leak.handler} used the ${leak.resource} (${leak.type}) while it had record ${leak.record}${leaks.length > 1 ? `, and ${leaks.length - 1} more like it` : ''}: real I/O takes its own time.`;
  if (same) return `Uncontrolled: this run happened to do the same twice, but need not. ${cause}`;
  const where =
    divergence === null
      ? ''
      : ` Event ${divergence.index} was "${divergence.what[0]}" in one run and "${divergence.what[1]}" in the other.`;
  return `Uncontrolled: the same plan did not do the same thing twice, so nothing here is said of the handler.${where} ${cause}`;
}
