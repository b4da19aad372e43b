import type { Invariant } from './invariant.ts';
import { partitionName } from './wording.ts';

/** A record whose producer was told "written" stands in the log at the end, unless retention removed it. */
export const lostWrite: Invariant = {
  name: 'lost-write',
  promise: 'Every acknowledged record stood in the log.',
  watch(state, judge) {
    return {
      see(event) {
        if (event.kind !== 'ended') return;
        const logs = new Map(state.history.logs.map((log) => [partitionName(log), new Set(log.offsets)]));
        for (const partition of state.partitions) {
          const logged = logs.get(partitionName(partition));
          if (logged === undefined) continue;
          for (const record of partition.records) {
            if (!record.written || record.removed) continue;
            judge.evaluated();
            if (logged.has(record.offset)) continue;
            judge.violated({
              where: partition,
              offsets: [record.offset],
              members: [],
              at: event.at,
              message: `${partitionName(partition)}: record ${record.offset} was acknowledged to its producer, but the log does not have it: it is lost.`,
            });
          }
        }
      },
    };
  },
};
