import { NOTHING, watching, type Invariant } from './invariant.ts';
import { isValid } from './ownership.ts';
import type { PartitionState } from './partition-state.ts';
import { partitionName } from './wording.ts';

/** How far a partition has come in the hands of one member. */
interface Reach {
  readonly epoch: number;
  position: number;
  /** A batch has come since the window was full: the fetch that was under way when the partition was paused. */
  graceUsed: boolean;
}

/**
 * The position never gets further ahead of the lowest open record than the window says: once it is as far, one batch more is
 * accepted at most, that of the fetch that was under way when the partition was paused.
 */
export const openWindow: Invariant = {
  name: 'open-window',
  promise: 'No more records waited in memory behind an open one than the window allows.',
  watch(state, judge) {
    const window = state.history.settings.process?.openWindow ?? null;
    if (window === null) return NOTHING;
    const reaches = new Map<string, Reach>();
    const isFull = (partition: PartitionState, reach: Reach): boolean =>
      reach.position - (lowestOpen(partition) ?? reach.position) >= window;
    return watching(['client-fetch-from', 'client-batch', 'call-ended', 'client-produce-settled', 'observed'], {
      see(event) {
        if (event.kind === 'client-fetch-from') {
          const place = `${event.member} ${partitionName(event)}`;
          const known = reaches.get(place);
          if (known === undefined || known.epoch !== event.epoch)
            reaches.set(place, { epoch: event.epoch, position: event.offset, graceUsed: false });
          else known.position = event.offset;
          return;
        }
        if (event.kind !== 'client-batch' || !event.accepted) return;
        const partition = state.partition(event);
        const reach = reaches.get(`${event.member} ${partitionName(event)}`);
        if (reach === undefined || reach.epoch !== event.epoch) return;
        const holding = partition.holdings.get(event.member) ?? null;
        // Whoever was evicted and does not know it goes by its own books.
        if (isValid(partition, holding)) {
          judge.evaluated();
          if (!isFull(partition, reach)) reach.graceUsed = false;
          else if (!reach.graceUsed) reach.graceUsed = true;
          else {
            const lowest = lowestOpen(partition) ?? reach.position;
            judge.violated({
              where: partition,
              offsets: [lowest],
              members: [event.member],
              at: event.at,
              message:
                `${partitionName(partition)}: ${event.member} took offsets ${event.fetchedFrom} to ${event.nextOffset - 1} although it had come ${reach.position - lowest} offsets beyond the lowest open record (${lowest}); ` +
                `the window allows ${window}. One record that is stuck fills the memory, until the process dies of it.`,
            });
          }
        }
        reach.position = event.nextOffset;
      },
      saw(event) {
        // Room for a moment is room: the fetch that follows may be answered when it is gone again.
        if (event.kind === 'client-produce-settled') return release(state.partitions);
        if (event.kind === 'call-ended') return release([state.partition(event)]);
        if (event.kind === 'observed' && event.observation.kind === 'action') release([state.partition(event.observation)]);
      },
    });

    function release(partitions: readonly PartitionState[]): void {
      for (const partition of partitions) {
        const { owner } = partition;
        const reach = owner === null ? undefined : reaches.get(`${owner.member} ${partitionName(partition)}`);
        if (reach !== undefined && reach.graceUsed && !isFull(partition, reach)) reach.graceUsed = false;
      }
    }
  },
};

/** What retention removed may be in somebody's hands still, and nobody knows. */
function lowestOpen(partition: PartitionState): number | null {
  let lowest = partition.records[partition.frontier]?.offset ?? null;
  for (const { offset } of partition.reopened) if (lowest === null || offset < lowest) lowest = offset;
  return lowest;
}
