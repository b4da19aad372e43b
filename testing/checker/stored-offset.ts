/** What the group has stored for a partition: by the coordinator's own word, and by the answers to commits. */
import { settleStart, startAtStored } from './group-start.ts';
import type { EventOf } from './history.ts';
import type { PartitionState } from './partition-state.ts';

/** As the coordinator stores it now; null where it has nothing, or nothing any more. */
export function seeStored(partition: PartitionState, offset: number | null): void {
  if (offset !== null) startAtStored(partition, offset);
  if (partition.committed !== null || offset !== null) partition.expired = offset === null;
  partition.committed = offset;
}

export function settleCommit(partition: PartitionState, event: EventOf<'client-commit-settled'>): void {
  if (event.outcome === 'acknowledged') {
    settleStart(partition, event.offset);
    partition.acknowledged = event.offset;
  }
  if (event.outcome === 'unknown') partition.unknownCommits += 1;
}
