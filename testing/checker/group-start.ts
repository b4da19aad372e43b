/**
 * Where the group has started in a partition: records below that were never promised to it. Known for certain once an offset
 * is stored; until then it is what the log and the members' own words leave possible.
 */
import type { EventOf, HistorySettings } from './history.ts';
import type { Holding } from './holding.ts';
import { rebase } from './open-records.ts';
import type { PartitionState } from './partition-state.ts';

/** What the group's first assignment says of it. */
export function startAtAssignment(
  partition: PartitionState,
  event: EventOf<'client-assigned'>,
  offsetReset: HistorySettings['offsetReset'],
): void {
  partition.firstLogEnd ??= event.logEndOffset;
  if (event.committedOffset !== null || !isUnstored(partition)) return;
  rebase(partition, offsetReset === 'latest' ? event.logEndOffset : event.logStartOffset);
}

/**
 * Under `latest`, a group whose start is not stored yet may start anywhere from the log's end at its first assignment to
 * the log's end now: a member that remembers the earlier one loses less.
 */
export function startAtFetch(
  partition: PartitionState,
  holding: Holding | null,
  offset: number,
  offsetReset: HistorySettings['offsetReset'],
): void {
  if (offsetReset !== 'latest' || holding === null || holding.committedOffset !== null || holding.calls > 0) return;
  if (offset >= (partition.firstLogEnd ?? 0) && offset < partition.baseline) rebase(partition, offset);
}

/** What the coordinator stores, while nobody was ever assigned the partition, was stored before this history. */
export function startAtStored(partition: PartitionState, stored: number): void {
  if (isUnstored(partition) && partition.owner === null) rebase(partition, stored);
  settleStart(partition, stored);
}

/** The first offset that is stored says where a group under `latest` has started, if that is below what was taken for its start. */
export function settleStart(partition: PartitionState, stored: number): void {
  if (isUnstored(partition) && partition.firstLogEnd !== null && stored >= partition.firstLogEnd && stored < partition.baseline)
    rebase(partition, stored);
}

/** Nothing is known of any offset that the group has stored. */
function isUnstored(partition: PartitionState): boolean {
  return partition.committed === null && partition.acknowledged === null;
}
