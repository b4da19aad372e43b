import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit } from '../zoo-scenario.ts';

export const refusalIgnored: ZooEntry = exhibit({
  id: 28,
  name: 'commit rejected (ILLEGAL_GENERATION) and ignored',
  seenIn: 'kafka-python #544',
  invariant: 'commit-lag',
  broken: modelSubject({
    name: 'takes any answer to a commit for a good one',
    habits: { believes: (result) => result.outcome !== 'unknown' },
  }),
  mended: modelSubject({ name: 'sends it again' }),
  tries: 'commits are refused or lost',
  trouble: 'commit-failures',
  caughtWithin: 300,
  onKafka: true,
});
