import { laneByKey } from '../model/habits.ts';
import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit } from '../zoo-scenario.ts';

export const nullKey: ZooEntry = exhibit({
  id: 24,
  name: 'null key breaks key order mode',
  seenIn: 'parallel-consumer #318',
  invariant: 'stuck',
  broken: modelSubject({
    name: 'finds no lane for a record without a key',
    ordering: 'key',
    habits: { laneOf: (record) => (record.key === null ? null : laneByKey(record)) },
  }),
  mended: modelSubject({ name: 'gives a record without a key a lane of its own', ordering: 'key', habits: { laneOf: laneByKey } }),
  tries: 'one member, records with a few keys or none',
  trouble: 'steady',
  caughtWithin: 50,
  onKafka: true,
});
