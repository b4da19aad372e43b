import { existsSync } from 'node:fs';
import type { KafkaRecord } from '../../src/record.ts';
import { checkHistory, INVARIANTS } from '../../testing/checker/check-history.ts';
import type { History, HistoryEvent, LoggedPartition } from '../../testing/checker/history.ts';
import type { InvariantName, Violation } from '../../testing/checker/violation.ts';
import { countHistory } from '../../testing/report/counts.ts';
import type { Counts } from '../../testing/report/counts.ts';
import type { StartedLife } from './member-fleet.ts';
import { countEvictions } from './count-evictions.ts';
import { mergeEvidence, readEvidence } from './read-evidence.ts';
import type { AskedEvent } from './read-evidence.ts';
import { TROUBLE_KINDS } from './soak-plan.ts';
import type { SoakOrdering, SoakPlan, TroubleKind } from './soak-plan.ts';

/** Beyond the session time-out, what is done is committed within so many milliseconds, on a busy machine too. */
const COMMIT_LAG_MS = 15_000;
/** Times are taken in several processes, and a timer of a busy one is late. */
const CLOCK_SLACK_MS = 50;
/** One kill may come between two calls; so many do not. */
const LEAST_KILLS_TO_INTERRUPT = 5;

export interface SoakResult {
  readonly ordering: SoakOrdering;
  readonly plan: SoakPlan;
  /** The checker's, and below them what the soak itself asks for. Empty when everything held. */
  readonly violations: readonly (Pick<Violation, 'message'> & { readonly invariant: string })[];
  readonly counts: Counts;
  /** How many things each invariant judged. */
  readonly evaluated: Readonly<Record<InvariantName, number>>;
  readonly troubles: Readonly<Record<TroubleKind, number>>;
  /** Processes that were started. */
  readonly lives: number;
  /** See `countEvictions`. */
  readonly evictions: number;
  /** Handler calls that SIGKILL interrupted. */
  readonly interrupted: number;
  /** Records that were not delivered again, because a commit's metadata said that they were done. */
  readonly alreadyDone: number;
  /** Processes whose last line was torn by SIGKILL. */
  readonly torn: number;
  readonly events: number;
  /** Until the end was seen, in milliseconds. */
  readonly durationMs: number;
  /** Where evidence and logs of the members are; removed when everything held. */
  readonly directory: string;
}

export interface SoakEvidence {
  readonly ordering: SoakOrdering;
  readonly topic: string;
  readonly plan: SoakPlan;
  readonly concurrency: number;
  readonly sessionTimeoutMs: number;
  /** What the run did itself. */
  readonly told: readonly HistoryEvent[];
  /** What the broker stored. */
  readonly polled: readonly AskedEvent[];
  readonly lives: readonly StartedLife[];
  readonly deaths: readonly string[];
  readonly logged: readonly KafkaRecord[];
  readonly troubles: Readonly<Record<TroubleKind, number>>;
  readonly directory: string;
}

/** Joins the three witnesses and has the same checker judge them that judges every simulated run. */
export async function judgeSoak(evidence: SoakEvidence): Promise<SoakResult> {
  const { ordering, topic, plan, lives } = evidence;
  const parts: (readonly AskedEvent[])[] = [evidence.told, evidence.polled];
  let torn = 0;
  for (const [index, life] of lives.entries()) {
    // One that was killed at once has written nothing.
    if (!existsSync(life.evidence)) continue;
    const read = await readEvidence(life.evidence, index + 1);
    parts.push(read.events);
    if (read.torn) torn += 1;
  }
  const events = mergeEvidence(parts);
  const history: History = {
    settings: {
      ordering,
      offsetReset: 'earliest',
      commitLagMs: COMMIT_LAG_MS + evidence.sessionTimeoutMs,
      observes: true,
      handlers: [{ topics: [topic], ordering, ...(ordering === 'partition' ? {} : { concurrency: evidence.concurrency }) }],
      process: { durableLedger: true },
      clockSlackMs: CLOCK_SLACK_MS,
    },
    events,
    logs: logsOf(evidence),
  };
  const verdict = checkHistory(history, INVARIANTS);
  const counts = countHistory(history, new Map(), verdict.evaluated);
  const result = {
    ordering,
    plan,
    counts,
    evaluated: verdict.evaluated,
    troubles: evidence.troubles,
    lives: lives.length,
    evictions: countEvictions(events, evidence.sessionTimeoutMs),
    alreadyDone: events.filter((event) => event.kind === 'observed' && event.observation.kind === 'already-done').length,
    interrupted: interruptedCalls(events),
    torn,
    events: events.length,
    durationMs: events.find(({ kind }) => kind === 'ended')?.at ?? 0,
    directory: evidence.directory,
  };
  return { ...result, violations: [...verdict.violations, ...ownViolations(evidence, result)] };
}

/** What makes a run worth nothing, although no promise was broken; and processes that died by themselves. */
function ownViolations(
  { plan, deaths, troubles, logged }: SoakEvidence,
  { evictions, interrupted, counts, evaluated }: Pick<SoakResult, 'evictions' | 'interrupted' | 'counts' | 'evaluated'>,
): SoakResult['violations'] {
  const unmet = [
    ...TROUBLE_KINDS.filter((kind) => troubles[kind] === 0).map((kind) => `no member met ${kind}`),
    ...(evictions === 0 ? ['no member was evicted'] : []),
    ...(interrupted === 0 && troubles.kill >= LEAST_KILLS_TO_INTERRUPT ? ['no kill interrupted a handler call'] : []),
    ...(counts.redeliveries === 0 ? ['nothing was delivered again'] : []),
    ...(counts.rebalances === 0 ? ['there was no rebalance'] : []),
    ...(['commit-past-open', 'unseen', 'wrong-start', 'untrue-observation'] as const)
      .filter((name) => evaluated[name] === 0)
      .map((name) => `${name} judged nothing`),
    ...(logged.length === plan.records ? [] : [`${plan.records} records were written, and the topic has ${logged.length}`]),
  ];
  return [
    ...deaths.map((message) => ({ invariant: 'member-died', message })),
    ...unmet.map((message) => ({ invariant: 'vacuous-soak', message })),
  ];
}

function logsOf({ topic, plan, logged }: SoakEvidence): readonly LoggedPartition[] {
  return Array.from({ length: plan.partitions }, (_, partition) => ({
    topic,
    partition,
    offsets: logged.filter((record) => record.partition === partition).map(({ offset }) => offset),
  }));
}

function interruptedCalls(events: readonly HistoryEvent[]): number {
  const running = new Set<number>();
  for (const event of events) {
    if (event.kind === 'call-started') running.add(event.call);
    if (event.kind === 'call-ended') running.delete(event.call);
  }
  return running.size;
}
