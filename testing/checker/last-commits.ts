import type { HistoryEvent } from './history.ts';
import type { Judge } from './invariant.ts';
import type { CheckerState } from './checker-state.ts';
import type { Holding } from './holding.ts';
import { doneInHolding } from './open-records.ts';
import { activeHolding } from './ownership.ts';
import type { PartitionState } from './partition-state.ts';
import { partitionName } from './wording.ts';

/**
 * A part of `commit-lag`: what a member had done when it was told that an assignment is about to end, it sent before the
 * end. Judged for a revoke with a grace, and for a stop; only what was sent counts, whatever became of it.
 */
export class LastCommits {
  readonly #state: CheckerState;
  readonly #judge: Judge;
  readonly #sent = new Map<Holding, number>();
  readonly #owed = new Map<Holding, number>();

  constructor(state: CheckerState, judge: Judge) {
    this.#state = state;
    this.#judge = judge;
  }

  see(event: HistoryEvent): void {
    switch (event.kind) {
      case 'client-commit-sent': {
        const holding = activeHolding(this.#state.partition(event), event.member);
        if (holding !== null) this.#sent.set(holding, Math.max(event.offset, this.#sent.get(holding) ?? -1));
        return;
      }
      case 'client-revoking':
        if ((event.graceMs ?? 0) > 0) this.#owe(this.#state.partition(event), event.member);
        return;
      case 'member-stopping':
        for (const partition of this.#state.partitions) this.#owe(partition, event.member);
        return;
      case 'client-revoked':
        this.#settle(this.#state.partition(event), event.member, event.at);
        return;
      case 'client-stopped':
        for (const partition of this.#state.partitions) this.#settle(partition, event.member, event.at);
        return;
      default:
        return;
    }
  }

  #owe(partition: PartitionState, member: string): void {
    const holding = activeHolding(partition, member);
    if (holding === null || partition.owner !== holding) return;
    const done = doneInHolding(partition, holding);
    // Where it started may turn out to be lower than is known now; whoever did nothing owes nothing.
    this.#owed.set(holding, done > (holding.committedOffset ?? partition.baseline) ? done : -1);
  }

  #settle(partition: PartitionState, member: string, at: number): void {
    const holding = activeHolding(partition, member);
    const owed = holding === null ? undefined : this.#owed.get(holding);
    if (holding === null || owed === undefined) return;
    this.#judge.evaluated();
    const sent = Math.max(this.#sent.get(holding) ?? -1, holding.committedOffset ?? partition.baseline);
    this.#sent.delete(holding);
    this.#owed.delete(holding);
    if (sent >= owed) return;
    this.#judge.violated({
      where: partition,
      offsets: [owed - 1],
      members: [member],
      at,
      message:
        `${partitionName(partition)}: ${member} was told that it would lose the partition, and had done every record up to ${owed - 1} by then; ` +
        `it gave the partition up with no commit above offset ${sent}. ` +
        'The next owner does all of that work a second time.',
    });
  }
}
