import { committable } from '../model/held-partition.ts';
import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit } from '../zoo-scenario.ts';

export const unprocessedCommittedAtRevoke: ZooEntry = exhibit({
  id: 8,
  name: 'fetched but unprocessed records committed at revoke',
  seenIn: 'parallel-consumer #826',
  invariant: 'commit-past-open',
  broken: modelSubject({
    name: 'commits its position when it is revoked',
    habits: { lastCommit: (held, why) => (why === 'revoked' ? held.position : committable(held)) },
  }),
  mended: modelSubject({ name: 'commits what was done' }),
  tries: 'members join and leave',
  trouble: 'rebalances',
  caughtWithin: 100,
  onKafka: true,
});
