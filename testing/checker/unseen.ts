import { watching, type Invariant } from './invariant.ts';
import { openBelow } from './open-records.ts';
import { describeRecord, partitionName } from './wording.ts';

/** At the end, no record from the baseline up to the committed offset is without its Consume or Reject: none was passed by for good. */
export const unseen: Invariant = {
  name: 'unseen',
  promise: 'Every record that was written was handled in the end.',
  watch(state, judge) {
    return watching(['ended'], {
      see(event) {
        if (event.kind !== 'ended') return;
        for (const partition of state.partitions) {
          judge.evaluated();
          const passed = openBelow(partition, partition.committed ?? 0);
          const [first] = passed;
          if (first === undefined) continue;
          judge.violated({
            where: partition,
            offsets: passed.map((record) => record.offset),
            members: [],
            at: event.at,
            message:
              `${partitionName(partition)}: the group ended at offset ${partition.committed}, past ${describeRecord(first)}` +
              `${passed.length > 1 ? ` and ${passed.length - 1} more` : ''}. No member will ever be given it again: it is lost.`,
          });
        }
      },
    });
  },
};
