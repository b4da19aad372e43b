import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit } from '../zoo-scenario.ts';

export const offsetArithmetic: ZooEntry = exhibit({
  id: 25,
  name: 'transaction markers or compaction break offset arithmetic',
  seenIn: 'parallel-consumer #329, #409; librdkafka #3400',
  invariant: 'commit-lag',
  broken: modelSubject({
    name: 'expects a record at each offset',
    habits: { opens: ({ fetchedFrom, nextOffset }) => Array.from({ length: nextOffset - fetchedFrom }, (_, index) => fetchedFrom + index) },
  }),
  mended: modelSubject({ name: 'expects the records that it was handed' }),
  tries: 'one member, offsets without a record: the markers of transactions',
  trouble: 'steady',
  shape: { faults: ['control-record'] },
  caughtWithin: 100,
  onKafka: false,
});
