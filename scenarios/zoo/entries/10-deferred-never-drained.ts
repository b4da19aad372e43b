import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit } from '../zoo-scenario.ts';

export const deferredNeverDrained: ZooEntry = exhibit({
  id: 10,
  name: 'deferred acknowledgements never drain after a rebalance',
  seenIn: 'reactor-kafka #259',
  invariant: 'stuck',
  broken: modelSubject({
    name: 'counts what was open in partitions that it gave up',
    habits: () => {
      let deferred = 0;
      return {
        forgot: (held) => {
          deferred += held.open.size;
        },
        load: (held) => held.open.size + deferred,
      };
    },
  }),
  mended: modelSubject({ name: 'counts what is open in the partitions that it has' }),
  tries: 'members join and leave while records are open',
  trouble: 'rebalances',
  caughtWithin: 200,
  onKafka: true,
});
