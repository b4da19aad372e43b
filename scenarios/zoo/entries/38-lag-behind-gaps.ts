import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit } from '../zoo-scenario.ts';

export const lagBehindGaps: ZooEntry = exhibit({
  id: 38,
  name: 'lag never reaches zero behind control records; a partition of aborted records never commits',
  seenIn: 'reasoned, parallel-consumer #329',
  invariant: 'commit-lag',
  broken: modelSubject({
    name: 'commits after a record that was done, and never where there is none',
    habits: { storesStart: false, afterBatch: () => null, lastCommit: (held) => (held.open.size === 0 ? null : Math.min(...held.open)) },
  }),
  mended: modelSubject({ name: 'commits its position when nothing is open' }),
  tries: 'the log ends in offsets without a record: markers of transactions, or what retention took before it was read',
  trouble: 'crashes',
  shape: { faults: ['control-record', 'records-removed'] },
  caughtWithin: 500,
  onKafka: false,
});
