import type { OwnedPartition } from './owned-partition.ts';

/** Why records of a partition were not terminal when the consumer stopped. `halted`: the partition, or the lane of its lowest record. */
export type OpenReason = 'running' | 'retrying' | 'queued' | 'halted' | 'uncommitted';

/** Records of one partition that are delivered again later: `from` ≤ offset < `to`. */
export interface OpenRange {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  /** How many records of the range are open; 0 when all are done and only the commit is missing. */
  readonly records: number;
  readonly reason: OpenReason;
  /** Name of the last error of the record that held the partition, or why it was skipped. */
  readonly lastProblem: string | null;
}

/** What a stop left behind. Empty when everything that was delivered is done and committed. */
export interface StopReport {
  readonly open: readonly OpenRange[];
}

export function openRange(owned: OwnedPartition): OpenRange | null {
  const { id, ledger, order } = owned;
  // A halted partition may not commit what it has done.
  const isBehind = owned.pendingCommit !== null || ledger.committable > (owned.acknowledged ?? ledger.committable);
  if (ledger.openCount === 0 && !isBehind) return null;
  const from = isBehind ? (owned.acknowledged ?? ledger.committable) : ledger.committable;
  const blocked = order.blocked;
  return {
    topic: id.topic,
    partition: id.partition,
    from,
    to: ledger.position,
    records: ledger.openCount,
    reason: reasonOf(owned),
    lastProblem: blocked?.lastProblem ?? null,
  };
}

function reasonOf(owned: OwnedPartition): OpenReason {
  if (owned.haltedBy !== null) return 'halted';
  if (owned.ledger.openCount === 0) return 'uncommitted';
  if (owned.callRunning) return 'running';
  const { blocked, deliveries } = owned.order;
  if (blocked === null) return 'queued';
  return deliveries.haltedLanes.some(({ offset }) => offset === blocked.offset) ? 'halted' : 'retrying';
}
