import { watching, type Invariant } from './invariant.ts';
import { openBelow } from './open-records.ts';
import { describeRecord, partitionName } from './wording.ts';

/**
 * Liveness. Once the faults have stopped and a member is up, everything drains within the budget: each record is done and
 * its offset committed. Judged at the end; a record that the committed offset has passed is `unseen` instead.
 */
export const stuck: Invariant = {
  name: 'stuck',
  promise: 'Once the trouble was over, everything drained: no record stayed behind.',
  watch(state, judge) {
    return watching(['ended'], {
      see(event) {
        if (event.kind !== 'ended') return;
        for (const partition of state.partitions) {
          judge.evaluated();
          if (event.drained) continue;
          const open = openBelow(partition, Number.MAX_SAFE_INTEGER).filter((record) => record.offset >= (partition.committed ?? 0));
          const [first] = open;
          if (first === undefined) continue;
          const reason = `${first.lastReason === null ? '' : ` It said: ${first.lastReason}.`}${event.note === null ? '' : ` ${event.note}`}`;
          judge.violated({
            where: partition,
            offsets: open.map((record) => record.offset),
            members: partition.owner === null ? [] : [partition.owner.member],
            at: event.at,
            message:
              `${partitionName(partition)}: after the faults had stopped, ${describeRecord(first)} was still not done when the time was up` +
              `${open.length > 1 ? `, with ${open.length - 1} more behind it` : ''}. The partition does not get on.${reason}`,
          });
        }
      },
    });
  },
};
