import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit } from '../zoo-scenario.ts';

export const lateCallOverlaps: ZooEntry = exhibit({
  id: 37,
  name: 'an attempt that passed its deadline overlaps its own retry',
  seenIn: 'reasoned',
  invariant: 'overlap',
  broken: modelSubject({ name: 'calls the handler again when its deadline has passed', habits: { patienceMs: 60 } }),
  mended: modelSubject({ name: 'waits until the late call has settled' }),
  tries: 'one member, slow calls',
  trouble: 'steady',
  caughtWithin: 50,
  onKafka: true,
});
