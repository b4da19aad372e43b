import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit } from '../zoo-scenario.ts';

export const commitPastSkip: ZooEntry = exhibit({
  id: 1,
  name: 'commit past a skipped record',
  seenIn: 'sarama-cluster #148, sarama #1570, wvanbergen/kafka #127',
  invariant: 'commit-past-open',
  broken: modelSubject({
    name: 'commits whatever was done last, and ignores an open record before it',
    habits: { committable: (_held, done) => done + 1 },
  }),
  mended: modelSubject({ name: 'commits the lowest open record' }),
  tries: 'one member, skips and failures',
  trouble: 'steady',
  caughtWithin: 50,
  onKafka: true,
});
