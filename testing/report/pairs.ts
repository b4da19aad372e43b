/**
 * Pairs of trouble and state: what went wrong matters less than what was going on at that moment. Counted from the
 * history alone, so that every venue's runs are counted alike.
 */
import type { History, HistoryEvent, Where } from '../checker/history.ts';
import { PausedPlaces } from '../checker/paused-places.ts';

export const PAIR_NAMES = [
  'rebalance-while-commit-in-flight',
  'rebalance-while-back-off-pending',
  'rebalance-while-call-runs',
  'assignment-while-older-call-runs',
  'stale-batch-of-an-older-assignment',
  'rebalance-while-dead-letter-in-flight',
  'crash-while-commit-in-flight',
  'crash-while-call-runs',
  'crash-while-back-off-pending',
  'retention-while-record-open',
  'assignment-while-paused-by-hand',
  'pause-by-hand-while-call-runs',
  'pause-by-hand-while-back-off-pending',
  'decision-while-call-hangs',
] as const;

export type PairName = (typeof PAIR_NAMES)[number];

/** How often each was met; every partition counts. */
export function countPairs(history: History): Readonly<Record<PairName, number>> {
  const counts = Object.fromEntries(PAIR_NAMES.map((name) => [name, 0])) as Record<PairName, number>;
  const going = new GoingOn();
  const met = (name: PairName): void => {
    counts[name] += 1;
  };
  for (const event of history.events) {
    switch (event.kind) {
      case 'client-revoking':
      case 'client-lost':
        if (going.commits.has(event.member, event)) met('rebalance-while-commit-in-flight');
        if (going.backOffs.has(event.member, event)) met('rebalance-while-back-off-pending');
        if (going.calls.has(event.member, event)) met('rebalance-while-call-runs');
        if (going.writes.hasAny(event.member)) met('rebalance-while-dead-letter-in-flight');
        break;
      case 'client-assigned':
        if (going.paused.has(event.member, event)) met('assignment-while-paused-by-hand');
        if (going.calls.has(event.member, event)) met('assignment-while-older-call-runs');
        break;
      case 'client-batch':
        if (!event.accepted) met('stale-batch-of-an-older-assignment');
        break;
      case 'decided-by-hand':
        if (event.besideCall === true) met('decision-while-call-hangs');
        break;
      case 'paused-by-hand':
        if (going.calls.hasIn(event.member, event.selection)) met('pause-by-hand-while-call-runs');
        if (going.backOffs.hasIn(event.member, event.selection)) met('pause-by-hand-while-back-off-pending');
        break;
      case 'member-crashed':
        if (going.commits.hasAny(event.member)) met('crash-while-commit-in-flight');
        if (going.calls.hasAny(event.member)) met('crash-while-call-runs');
        if (going.backOffs.hasAny(event.member)) met('crash-while-back-off-pending');
        break;
      case 'log-start-moved':
        if (going.calls.hasAt(event) || going.backOffs.hasAt(event)) met('retention-while-record-open');
        break;
      default:
        break;
    }
    going.see(event);
  }
  return counts;
}

/** What each member has begun and not finished. */
class GoingOn {
  readonly commits: Places = new Places();
  readonly calls: Places = new Places();
  readonly backOffs: Places = new Places();
  readonly writes: Places = new Places();
  readonly paused: PausedPlaces = new PausedPlaces();

  see(event: HistoryEvent): void {
    switch (event.kind) {
      case 'paused-by-hand':
      case 'resumed-by-hand':
        return this.paused.see(event);
      case 'client-commit-sent':
        return this.commits.add(event.member, event);
      case 'client-commit-settled':
        return this.commits.remove(event.member, event);
      case 'client-produce-sent':
        return this.writes.add(event.member, event);
      case 'client-produce-settled':
        return this.writes.remove(event.member, event);
      case 'call-started':
        this.backOffs.clearAt(event.member, event);
        return this.calls.add(event.member, event);
      case 'call-ended':
        this.calls.remove(event.member, event);
        if (event.outcome === 'skip' || event.outcome === 'failed') this.backOffs.add(event.member, event);
        return;
      case 'client-revoked':
      case 'client-lost':
        return this.backOffs.clearAt(event.member, event);
      case 'member-crashed':
      case 'member-stopped':
        for (const places of [this.commits, this.calls, this.backOffs, this.writes]) places.clear(event.member);
        return;
      default:
        return;
    }
  }
}

/** How many of something each member has at each place. */
class Places {
  readonly #counts = new Map<string, Map<string, number>>();

  add(member: string, where: Where): void {
    let places = this.#counts.get(member);
    if (places === undefined) this.#counts.set(member, (places = new Map()));
    places.set(nameOf(where), (places.get(nameOf(where)) ?? 0) + 1);
  }

  remove(member: string, where: Where): void {
    const places = this.#counts.get(member);
    const count = places?.get(nameOf(where)) ?? 0;
    if (count > 1) places?.set(nameOf(where), count - 1);
    else places?.delete(nameOf(where));
  }

  has(member: string, where: Where): boolean {
    return this.#counts.get(member)?.has(nameOf(where)) ?? false;
  }

  hasAny(member: string): boolean {
    return (this.#counts.get(member)?.size ?? 0) > 0;
  }

  /** Of a topic, or of one partition of it. */
  hasIn(member: string, { topic, partition }: { readonly topic: string; readonly partition: number | null }): boolean {
    if (partition !== null) return this.has(member, { topic, partition });
    return [...(this.#counts.get(member)?.keys() ?? [])].some((place) => place.slice(0, place.lastIndexOf('-')) === topic);
  }

  hasAt(where: Where): boolean {
    return [...this.#counts.values()].some((places) => places.has(nameOf(where)));
  }

  clearAt(member: string, where: Where): void {
    this.#counts.get(member)?.delete(nameOf(where));
  }

  clear(member: string): void {
    this.#counts.delete(member);
  }
}

function nameOf({ topic, partition }: Where): string {
  return `${topic}-${partition}`;
}
