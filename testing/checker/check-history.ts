/** The checker: every invariant over one history, in one pass. Pure and linear; it trusts no single witness. */
import { commitLag } from './commit-lag.ts';
import { commitPastOpen } from './commit-past-open.ts';
import { commitRegression } from './commit-regression.ts';
import { discontinuity } from './discontinuity.ts';
import type { History, HistoryEvent } from './history.ts';
import type { Invariant, Judge, Watch } from './invariant.ts';
import { lostReject } from './lost-reject.ts';
import { abortedRead } from './aborted-read.ts';
import { precommittedRead } from './precommitted-read.ts';
import { inconsistentOffsets } from './inconsistent-offsets.ts';
import { pollSkip } from './poll-skip.ts';
import { nonmonotonicPoll } from './nonmonotonic-poll.ts';
import { nonmonotonicSend } from './nonmonotonic-send.ts';
import { duplicate } from './duplicate.ts';
import { lostWrite } from './lost-write.ts';
import { orderViolation } from './order-violation.ts';
import { overlap } from './overlap.ts';
import { redeliveredTerminal } from './redelivered-terminal.ts';
import { staleEffect } from './stale-effect.ts';
import { falseLedger } from './false-ledger.ts';
import { falseLetter } from './false-letter.ts';
import { haltedDelivery } from './halted-delivery.ts';
import { pausedDelivery } from './paused-delivery.ts';
import { batchAnswer } from './batch-answer.ts';
import { retryLimit } from './retry-limit.ts';
import { concurrencyLimit } from './concurrency-limit.ts';
import { rateLimit } from './rate-limit.ts';
import { openWindow } from './open-window.ts';
import { ledgerLag } from './ledger-lag.ts';
import { CheckerState } from './checker-state.ts';
import { stuck } from './stuck.ts';
import { unboundedRedelivery } from './unbounded-redelivery.ts';
import { unseen } from './unseen.ts';
import { untrueObservation } from './untrue-observation.ts';
import { INVARIANT_NAMES, type InvariantName, type Violation } from './violation.ts';
import { wrongStart } from './wrong-start.ts';

/** Every invariant, the worst for a user first. */
export const INVARIANTS: readonly Invariant[] = [
  commitPastOpen,
  falseLedger,
  lostWrite,
  lostReject,
  falseLetter,
  unseen,
  abortedRead,
  precommittedRead,
  inconsistentOffsets,
  discontinuity,
  pollSkip,
  nonmonotonicPoll,
  nonmonotonicSend,
  staleEffect,
  wrongStart,
  commitRegression,
  redeliveredTerminal,
  unboundedRedelivery,
  duplicate,
  orderViolation,
  overlap,
  haltedDelivery,
  pausedDelivery,
  batchAnswer,
  retryLimit,
  concurrencyLimit,
  rateLimit,
  openWindow,
  untrueObservation,
  commitLag,
  ledgerLag,
  stuck,
];

/** Violations of one invariant that are reported for one history; more of the same tell nothing new. */
const MAX_VIOLATIONS_PER_INVARIANT = 10;

export interface Verdict {
  /** The worst invariant's first. Empty when everything held. */
  readonly violations: readonly Violation[];
  /** How many things each invariant judged. */
  readonly evaluated: Readonly<Record<InvariantName, number>>;
}

/** Judges a history. `invariants`: all of them, by default. */
export function checkHistory(history: History, invariants: readonly Invariant[] = INVARIANTS): Verdict {
  const state = new CheckerState(history);
  const violations: Violation[] = [];
  const { events } = history;
  let index = 0;
  const watchers = invariants.map((invariant) => new Watcher(invariant, state, violations, () => index));
  const byKind = new Map<HistoryEvent['kind'], KindWatchers>();
  // Counted, not iterated: this is what a million events go through.
  for (; index < events.length; index += 1) {
    const event = events[index] as HistoryEvent;
    if (event.kind === 'client-commit-settled') state.seeMember(event);
    let concerned = byKind.get(event.kind);
    if (concerned === undefined) byKind.set(event.kind, (concerned = concernedBy(watchers, event.kind)));
    const { always, before, after } = concerned;
    for (let each = 0; each < always.length; each += 1) (always[each] as Watch).always?.(event);
    if (state.isReplaced(event)) continue;
    for (let each = 0; each < before.length; each += 1) (before[each] as Watch).see?.(event);
    state.see(event);
    for (let each = 0; each < after.length; each += 1) (after[each] as Watch).saw?.(event);
  }
  for (const { watch } of watchers) watch.end?.();
  const evaluated = Object.fromEntries(INVARIANT_NAMES.map((name) => [name, 0])) as Record<InvariantName, number>;
  for (const { name, evaluations } of watchers) evaluated[name] = evaluations;
  return { violations: violations.sort(bySeverity), evaluated };
}

/** Watches that look at one kind of event: before the state takes it in, and afterwards. */
interface KindWatchers {
  readonly always: readonly Watch[];
  readonly before: readonly Watch[];
  readonly after: readonly Watch[];
}

function concernedBy(watchers: readonly Watcher[], kind: HistoryEvent['kind']): KindWatchers {
  const concerned = watchers.map(({ watch }) => watch).filter(({ kinds }) => kinds.includes(kind));
  return {
    always: concerned.filter((watch) => watch.always !== undefined),
    before: concerned.filter((watch) => watch.see !== undefined),
    after: concerned.filter((watch) => watch.saw !== undefined),
  };
}

/** One invariant over one history. */
class Watcher implements Judge {
  readonly name: InvariantName;
  readonly watch: Watch;
  evaluations = 0;
  #found = 0;
  readonly #violations: Violation[];
  readonly #eventIndex: () => number;

  constructor(invariant: Invariant, state: CheckerState, violations: Violation[], eventIndex: () => number) {
    this.name = invariant.name;
    this.#violations = violations;
    this.#eventIndex = eventIndex;
    this.watch = invariant.watch(state, this);
  }

  evaluated(): void {
    this.evaluations += 1;
  }

  violated({ where, offsets, members, at, message }: Parameters<Judge['violated']>[0]): void {
    this.#found += 1;
    if (this.#found > MAX_VIOLATIONS_PER_INVARIANT) return;
    const { topic, partition } = where;
    this.#violations.push({ invariant: this.name, message, topic, partition, offsets, members, at, event: this.#eventIndex() });
  }
}

function bySeverity(left: Violation, right: Violation): number {
  const names: readonly string[] = INVARIANT_NAMES;
  return names.indexOf(left.invariant) - names.indexOf(right.invariant) || left.event - right.event;
}
