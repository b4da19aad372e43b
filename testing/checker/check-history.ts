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
import { earlyRetry } from './early-retry.ts';
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
  earlyRetry,
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
  const byKind = watchersByKind(watchers);
  // Counted, not iterated: this is what a million events go through.
  for (; index < events.length; index += 1) {
    const event = events[index] as HistoryEvent;
    if (event.kind === 'client-commit-settled') state.seeMember(event);
    const { always, before, after } = byKind.get(event.kind) ?? NOBODY;
    for (let each = 0; each < always.length; each += 1) (always[each] as Look)(event);
    if (state.isReplaced(event)) continue;
    for (let each = 0; each < before.length; each += 1) (before[each] as Look)(event);
    state.see(event);
    for (let each = 0; each < after.length; each += 1) (after[each] as Look)(event);
  }
  for (const { watch } of watchers) watch.end?.();
  const evaluated = Object.fromEntries(INVARIANT_NAMES.map((name) => [name, 0])) as Record<InvariantName, number>;
  for (const { name, evaluations } of watchers) evaluated[name] = evaluations;
  return { violations: violations.sort(bySeverity), evaluated };
}

type Look = (event: HistoryEvent) => void;

/** Who looks at one kind of event: before the state takes it in, and afterwards. */
interface KindWatchers {
  readonly always: Look[];
  readonly before: Look[];
  readonly after: Look[];
}

const NOBODY: KindWatchers = { always: [], before: [], after: [] };

function watchersByKind(watchers: readonly Watcher[]): ReadonlyMap<HistoryEvent['kind'], KindWatchers> {
  const byKind = new Map<HistoryEvent['kind'], KindWatchers>();
  for (const { watch } of watchers) {
    const { always, see, saw } = watch;
    for (const kind of watch.kinds) {
      let concerned = byKind.get(kind);
      if (concerned === undefined) byKind.set(kind, (concerned = { always: [], before: [], after: [] }));
      if (always !== undefined) concerned.always.push(always);
      if (see !== undefined) concerned.before.push(see);
      if (saw !== undefined) concerned.after.push(saw);
    }
  }
  return byKind;
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
