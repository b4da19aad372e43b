import { watching, type Invariant } from './invariant.ts';
import type { Holding } from './holding.ts';
import { openBelow } from './open-records.ts';
import { activeHolding } from './ownership.ts';
import type { PartitionState } from './partition-state.ts';
import { listOffsets, partitionName } from './wording.ts';

/**
 * The first delivery of an epoch is the lowest existing record at or above the offset that the group has stored (or the
 * baseline, without one), save records that are known to be done; where lanes are smaller than the
 * partition, it was fetched from there. Under `latest`, a group without a stored offset stores
 * its start before the first delivery: else what it skips is lost on a restart, which would begin at the end again.
 */
export const wrongStart: Invariant = {
  name: 'wrong-start',
  promise: 'Every assignment went on exactly where the group had stored its offset.',
  watch(state, judge) {
    return watching(['call-started'], {
      see(event) {
        if (event.kind !== 'call-started') return;
        const partition = state.partition(event);
        const holding = activeHolding(partition, event.member);
        if (holding === null || holding.calls > 0) return;
        judge.evaluated();
        const start = holding.committedOffset ?? partition.baseline;
        const where = { where: partition, members: [event.member], at: event.at };
        if (event.offset < start) {
          judge.violated({
            ...where,
            offsets: [event.offset],
            message:
              `${partitionName(partition)}: ${event.member} was assigned the partition at offset ${start}, but its first delivery was record ` +
              `${event.offset}, which the group has already passed: work is done twice.`,
          });
          return;
        }
        // Without the order of the partition a lane may wait for an earlier call of its own, while others begin.
        const isInOrder = state.promises.of(event.topic).ordering === 'partition' || holding.fetchedFrom === null;
        const first = isInOrder ? event.offset : Math.min(event.offset, holding.fetchedFrom ?? event.offset);
        const missed = openBelow(partition, first).filter((record) => record.offset >= start);
        if (missed.length > 0) {
          const offsets = missed.map((record) => record.offset);
          judge.violated({
            ...where,
            offsets,
            message:
              `${partitionName(partition)}: ${event.member} was assigned the partition at offset ${start}, but its first delivery was record ` +
              `${event.offset}: ${listOffsets(offsets)} ${offsets.length === 1 ? 'was' : 'were'} jumped over, and the next commit loses ${offsets.length === 1 ? 'it' : 'them'}.`,
          });
          return;
        }
        if (state.history.settings.offsetReset === 'latest' && startIsUnstored(partition, holding)) {
          judge.violated({
            ...where,
            offsets: [event.offset],
            message:
              `${partitionName(partition)}: record ${event.offset} was delivered before the group's start was committed. With the reset policy "latest" ` +
              'a restart would begin at the end of the log: a record that is skipped now is lost then.',
          });
        }
      },
    });
  },
};

function startIsUnstored(partition: PartitionState, holding: Holding): boolean {
  return holding.committedOffset === null && partition.committed === null && partition.acknowledged === null;
}
