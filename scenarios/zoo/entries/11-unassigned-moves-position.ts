import { withTrailingBatches } from '../hazards/trailing-batches.ts';
import { GOOD_HABITS } from '../model/habits.ts';
import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit } from '../zoo-scenario.ts';

export const unassignedMovesPosition: ZooEntry = exhibit({
  id: 11,
  name: 'a record of an unassigned partition moves the position',
  seenIn: 'FluidFramework PR #9404',
  invariant: 'wrong-start',
  broken: modelSubject({
    name: 'keeps a position for each partition that it ever heard of',
    habits: () => {
      const positions = new Map<string, number>();
      return {
        accepts: (held, batch) => {
          if (held === null) positions.set(`${batch.topic}-${batch.partition}`, batch.nextOffset);
          return GOOD_HABITS.accepts(held, batch);
        },
        startAt: (assigned, reset) => {
          const name = `${assigned.topic}-${assigned.partition}`;
          const known = positions.get(name) ?? GOOD_HABITS.startAt(assigned, reset);
          positions.delete(name);
          return known;
        },
      };
    },
  }),
  mended: modelSubject({ name: 'drops what is not its own, and starts at the stored offset' }),
  tries: 'members join and leave, on a client that hands over one more batch after a partition was taken away',
  trouble: 'rebalances',
  hazard: (transport) => withTrailingBatches(transport),
  caughtWithin: 300,
  onKafka: true,
});
