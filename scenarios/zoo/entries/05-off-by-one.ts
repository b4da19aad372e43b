import { committable } from '../model/held-partition.ts';
import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit } from '../zoo-scenario.ts';

export const offByOne: ZooEntry = exhibit({
  id: 5,
  name: 'off-by-one commit: the offset of the last record instead of the next one',
  seenIn: 'kafka-rust #161, kafkajs #540',
  invariant: 'commit-lag',
  broken: modelSubject({
    name: 'commits the offset of the last record that was done',
    habits: { committable: (held) => committable(held) - 1, afterBatch: () => null, lastCommit: (held) => committable(held) - 1 },
  }),
  mended: modelSubject({ name: 'commits the offset of the next record' }),
  tries: 'one member, skips and failures',
  trouble: 'steady',
  caughtWithin: 50,
  onKafka: true,
});
