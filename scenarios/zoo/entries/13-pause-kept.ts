import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit } from '../zoo-scenario.ts';

export const pauseKept: ZooEntry = exhibit({
  id: 13,
  name: 'pause state lost or kept wrongly across a rebalance',
  seenIn: 'atleon #422, librdkafka #1802',
  invariant: 'stuck',
  broken: modelSubject({
    name: 'pauses again what was paused when it was taken away',
    habits: () => {
      const paused = new Set<string>();
      return {
        forgot: (held) => {
          if (held.paused) paused.add(held.name);
        },
        assigned: (held, tools) => {
          if (paused.delete(held.name)) tools.pause(held);
        },
      };
    },
  }),
  mended: modelSubject({ name: 'begins each assignment unpaused' }),
  tries: 'members join and leave while partitions are paused',
  trouble: 'rebalances',
  caughtWithin: 300,
  onKafka: true,
});
