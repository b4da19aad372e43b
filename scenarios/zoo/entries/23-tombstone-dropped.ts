import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit } from '../zoo-scenario.ts';

export const tombstoneDropped: ZooEntry = exhibit({
  id: 23,
  name: 'tombstone dropped',
  seenIn: 'tipoca-stream #100',
  invariant: 'commit-past-open',
  broken: modelSubject({
    name: 'takes a record without a value for none',
    habits: {
      opens: ({ records }) => records.filter(({ value }) => value !== null).map(({ offset }) => offset),
    },
  }),
  mended: modelSubject({ name: 'hands over what has no value too' }),
  tries: 'one member, one record in eight has no value',
  trouble: 'steady',
  caughtWithin: 100,
  onKafka: true,
});
