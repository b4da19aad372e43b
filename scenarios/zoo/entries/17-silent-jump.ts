import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit } from '../zoo-scenario.ts';

export const silentJump: ZooEntry = exhibit({
  id: 17,
  name: 'offset out of range silently jumps',
  seenIn: 'kafkajs #1119',
  invariant: 'commit-past-open',
  broken: modelSubject({ name: 'goes on at the end of the log', habits: { outOfRange: ({ logEndOffset }) => logEndOffset } }),
  mended: modelSubject({ name: 'goes on at the start of the log' }),
  tries: 'retention overtakes a consumer that is slow or away',
  trouble: 'crashes',
  shape: { faults: ['records-removed'] },
  caughtWithin: 500,
  onKafka: false,
});
