import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit } from '../zoo-scenario.ts';

export const failureIgnored: ZooEntry = exhibit({
  id: 2,
  name: 'failure flag ignored, committed anyway',
  seenIn: 'laravel-kafka #394, oleksiyk/kafka #127',
  invariant: 'commit-past-open',
  broken: modelSubject({
    name: 'takes a failure for done',
    habits: { isDone: (outcome) => outcome !== 'skip' },
  }),
  mended: modelSubject({ name: 'takes Consume and Reject for done' }),
  tries: 'one member, skips and failures',
  trouble: 'steady',
  caughtWithin: 50,
  onKafka: true,
});
