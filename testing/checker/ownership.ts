/** Who holds a partition, from when to when, and what a holding goes by. */
import type { EventOf } from './history.ts';
import type { Holding } from './holding.ts';
import type { PartitionState } from './partition-state.ts';
import { readLedgerOf, type ReadLedger } from './read-ledger.ts';

/** Whether an answer given in this holding counts: its epoch goes on, and no other member was assigned since. */
export function isValid(partition: PartitionState, holding: Holding | null): boolean {
  return holding !== null && holding.active && partition.owner === holding;
}

export function activeHolding(partition: PartitionState, member: string): Holding | null {
  const holding = partition.holdings.get(member);
  return holding !== undefined && holding.active ? holding : null;
}

/** The holding that begins with an assignment. */
export function beginHolding(partition: PartitionState, event: EventOf<'client-assigned'>): void {
  const holding: Holding = {
    member: event.member,
    epoch: event.epoch,
    generation: event.generation,
    committedOffset: event.committedOffset,
    acknowledgedBefore: partition.expired ? null : partition.acknowledged,
    unknownBefore: partition.unknownCommits > 0,
    assignedAt: event.at,
    ledger: believable(event),
    fetchedFrom: null,
    active: true,
    calls: 0,
  };
  partition.holdings.set(event.member, holding);
  // A process that stood still may hear of an assignment when the group is a generation further: it owns nothing.
  if (partition.owner === null || event.generation >= partition.owner.generation) partition.owner = holding;
}

export function endHolding(partition: PartitionState, member: string, epoch: number): void {
  const holding = partition.holdings.get(member);
  if (holding !== undefined && holding.epoch === epoch) holding.active = false;
}

/** A ledger of another offset or another topic says nothing, and one that claims what the log does not have is of another log. */
export function believable(event: EventOf<'client-assigned'>): ReadLedger | null {
  const ledger = readLedgerOf(event.committedMetadata);
  if (ledger === null || ledger.base !== event.committedOffset) return null;
  if (ledger.topicId !== null && event.topicId !== undefined && ledger.topicId !== event.topicId) return null;
  return (ledger.runs.at(-1)?.to ?? 0) > event.logEndOffset ? null : ledger;
}

/**
 * A record is the one that was claimed only if it was written in the same leader epoch: what was fetched in another is to be
 * delivered, and everything else is not.
 */
export function disbelieve(
  holding: Pick<Holding, 'ledger'> | null,
  leaderEpochs: readonly { readonly from: number; readonly leaderEpoch: number }[],
  nextOffset: number,
): void {
  if (holding === null || holding.ledger === null) return;
  let { runs } = holding.ledger;
  leaderEpochs.forEach(({ from, leaderEpoch }, index) => {
    const to = leaderEpochs[index + 1]?.from ?? nextOffset;
    runs = runs.flatMap((run) => {
      if (run.leaderEpoch === (leaderEpoch < 0 ? null : leaderEpoch)) return [run];
      const below = { ...run, to: Math.min(run.to, from) };
      const above = { ...run, from: Math.max(run.from, to) };
      return [below, above].filter((part) => part.from < part.to);
    });
  });
  holding.ledger = { ...holding.ledger, runs };
}
