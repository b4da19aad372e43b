import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import type { Plan } from '../../../testing/scenario/plan.ts';
import { exhibit } from '../zoo-scenario.ts';

const OFFSETS_RETENTION_MS = 60_000;

/** The group is away for longer than its offsets are kept, and comes back to records that were written meanwhile. */
function withALongAbsence(plan: Plan): Plan {
  const members = [...new Set(plan.ops.flatMap((op) => (op.op === 'join' ? [op.member] : [])))];
  const half = Math.ceil(plan.ops.length / 2);
  return {
    ...plan,
    config: { ...plan.config, offsetReset: 'latest' },
    ops: [
      ...plan.ops.slice(0, half),
      ...members.map((member) => ({ op: 'leave' as const, member })),
      { op: 'wait', ms: 2 * OFFSETS_RETENTION_MS },
      ...plan.ops.slice(half).filter(({ op }) => op === 'produce'),
    ],
  };
}

export const expiredOffsets: ZooEntry = exhibit({
  id: 16,
  name: 'offsets of a stuck or idle group expire',
  seenIn: 'racecar PR #419, sarama-cluster #124',
  invariant: 'commit-past-open',
  broken: modelSubject({ name: 'takes a group without an offset for a new one, and starts at the end' }),
  mended: modelSubject({
    name: 'starts where the log starts when the group has no offset',
    habits: { startAt: ({ committedOffset, logStartOffset }) => committedOffset ?? logStartOffset },
  }),
  tries: 'a group stops for longer than its offsets are kept, and starts again',
  trouble: 'steady',
  adapt: withALongAbsence,
  brokerConfig: { offsetsRetentionMs: OFFSETS_RETENTION_MS, offsetsRetentionCheckIntervalMs: 1_000 },
  caughtWithin: 100,
  onKafka: false,
});
