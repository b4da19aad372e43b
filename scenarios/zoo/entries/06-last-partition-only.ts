import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit } from '../zoo-scenario.ts';

/** How long commits are gathered: longer than it takes to handle a batch. */
const GATHER_MS = 100;

export const lastPartitionOnly: ZooEntry = exhibit({
  id: 6,
  name: 'a batch commits only its last partition',
  seenIn: 'steveo PR #1054',
  invariant: 'commit-lag',
  broken: modelSubject({
    name: 'commits one partition of those that have something to commit',
    habits: {
      gatherMs: GATHER_MS,
      selects: (due) => {
        for (const held of due.slice(0, -1)) held.committed = held.due;
        return due.slice(-1);
      },
    },
  }),
  mended: modelSubject({ name: 'commits them all', habits: { gatherMs: GATHER_MS } }),
  tries: 'one member, several partitions',
  trouble: 'steady',
  caughtWithin: 100,
  onKafka: true,
});
