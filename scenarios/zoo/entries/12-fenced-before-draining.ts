import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit } from '../zoo-scenario.ts';

/** How long commits are gathered: a revoke often comes before they are sent. */
const GATHER_MS = 1_000;

export const fencedBeforeDraining: ZooEntry = exhibit({
  id: 12,
  name: 'fenced before draining: finished work discarded',
  seenIn: 'PostHog PR #80897',
  invariant: 'commit-lag',
  broken: modelSubject({
    name: 'forgets a revoked partition before it has committed',
    habits: { gatherMs: GATHER_MS, drains: false, lastCommit: () => null },
  }),
  mended: modelSubject({ name: 'waits for running calls and commits before it gives up a partition', habits: { gatherMs: GATHER_MS } }),
  tries: 'members join and leave',
  trouble: 'rebalances',
  caughtWithin: 200,
  onKafka: false,
});
