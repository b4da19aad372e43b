import { withAutomaticCommits } from '../hazards/automatic-commits.ts';
import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit } from '../zoo-scenario.ts';

/** kafkajs commits every five seconds by default; so often here that a short plan meets it. */
const EVERY_MS = 200;

export const commitsAnyway: ZooEntry = exhibit({
  id: 4,
  name: 'commit although automatic commit is off',
  seenIn: 'kafkajs #782',
  invariant: 'commit-past-open',
  broken: modelSubject({ name: 'the model consumer on a client that commits by itself' }),
  mended: modelSubject({ name: 'the model consumer on a client that does not' }),
  brokenClient: (transport, member) => withAutomaticCommits(transport, member.clock, EVERY_MS),
  tries: 'one member, skips and slow calls',
  trouble: 'steady',
  caughtWithin: 50,
  onKafka: true,
});
