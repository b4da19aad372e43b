import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit } from '../zoo-scenario.ts';

export const olderOffsetOverwrites: ZooEntry = exhibit({
  id: 7,
  name: 'an older offset overwrites a newer one',
  seenIn: 'alpakka-kafka #1285, spring-kafka #511',
  invariant: 'commit-regression',
  broken: modelSubject({
    name: 'repeats each commit by itself until it is stored',
    habits: { oneAtATime: false },
  }),
  mended: modelSubject({ name: 'repeats with what is due by then' }),
  tries: 'commits are refused or lost',
  trouble: 'commit-failures',
  caughtWithin: 100,
  onKafka: true,
});
