import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit } from '../zoo-scenario.ts';

export const startNotStored: ZooEntry = exhibit({
  id: 15,
  name: 'first record skipped, nothing committed, reset = latest: lost on restart',
  seenIn: 'allegro/hermes #351',
  invariant: 'wrong-start',
  broken: modelSubject({
    name: 'delivers before it has stored where it began',
    habits: { storesStart: false },
  }),
  mended: modelSubject({ name: 'stores its start first' }),
  tries: 'members die and come back, the group starts at the end',
  trouble: 'crashes',
  latest: true,
  caughtWithin: 100,
  onKafka: true,
});
