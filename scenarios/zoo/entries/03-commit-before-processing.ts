import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit } from '../zoo-scenario.ts';

export const commitBeforeProcessing: ZooEntry = exhibit({
  id: 3,
  name: 'commit before processing',
  seenIn: 'kafka-php #187, librdkafka #1122',
  invariant: 'commit-past-open',
  broken: modelSubject({
    name: 'commits a batch as soon as it has it',
    habits: { afterBatch: (held) => held.position },
  }),
  mended: modelSubject({ name: 'commits what was done' }),
  tries: 'one member, skips and failures',
  trouble: 'steady',
  caughtWithin: 50,
  onKafka: true,
});
