import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit } from '../zoo-scenario.ts';

/** Above what any script fails by itself, below what an outage adds. */
const MAX_ATTEMPTS = 3;

export const outageFillsDeadLetters: ZooEntry = exhibit({
  id: 36,
  name: 'an outage turns skips into dead letters',
  seenIn: 'reasoned; any limit on attempts that counts skips',
  invariant: 'commit-past-open',
  broken: modelSubject({
    name: 'gives a record up after three deliveries, whatever came of them',
    habits: { isDone: (outcome, { attempt }) => outcome === 'consume' || outcome === 'reject' || attempt >= MAX_ATTEMPTS },
  }),
  mended: modelSubject({
    name: 'gives a record up after three failures',
    habits: {
      isDone: (outcome, { failures }) =>
        outcome === 'consume' || outcome === 'reject' || (outcome === 'failed' && failures >= MAX_ATTEMPTS),
    },
  }),
  tries: 'one member, a store that is down: every record is skipped a few times',
  trouble: 'steady',
  caughtWithin: 50,
  onKafka: true,
});
