import { committable } from '../model/held-partition.ts';
import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit } from '../zoo-scenario.ts';

export const skipLostInRebalance: ZooEntry = exhibit({
  id: 14,
  name: 'a skip is thrown away in a rebalance, a later offset is committed',
  seenIn: 'franz-go #1162',
  invariant: 'commit-past-open',
  broken: modelSubject({
    name: 'throws away what waits for its retry, then commits',
    habits: {
      lastCommit: (held) => {
        for (const { record } of held.waiting) held.open.delete(record.offset);
        return committable(held);
      },
    },
  }),
  mended: modelSubject({ name: 'keeps it in its books until the last commit' }),
  tries: 'members join and leave',
  trouble: 'rebalances',
  caughtWithin: 200,
  onKafka: true,
});
