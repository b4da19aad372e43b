import { watching, type Invariant } from './invariant.ts';
import { partitionName } from './wording.ts';

/**
 * No handler is given a record that an independent reader of committed records does not find in the log: one of an aborted
 * transaction above all (Jepsen's G1a). A record that its producer was told to be written is `lost-write`'s to judge, and
 * one that retention removed is nobody's.
 */
export const abortedRead: Invariant = {
  name: 'aborted-read',
  promise: 'No handler saw a record of an aborted transaction.',
  watch(state, judge) {
    return watching(['ended'], {
      see(event) {
        if (event.kind !== 'ended') return;
        const logs = new Map(state.history.logs.map((log) => [partitionName(log), new Set(log.offsets)]));
        for (const partition of state.partitions) {
          const logged = logs.get(partitionName(partition));
          if (logged === undefined) continue;
          for (const record of partition.records) {
            if (record.deliveries === 0 || record.removed) continue;
            judge.evaluated();
            if (record.written || logged.has(record.offset)) continue;
            judge.violated({
              where: partition,
              offsets: [record.offset],
              members: [],
              at: event.at,
              message:
                `${partitionName(partition)}: record ${record.offset} was handed to a handler, but it is not among the committed records of the log. ` +
                'The handler acted on something that never happened.',
            });
          }
        }
      },
    });
  },
};
