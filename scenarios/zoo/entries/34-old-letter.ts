import { deadLetters } from '../model/dead-letters.ts';
import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import type { Plan } from '../../../testing/scenario/plan.ts';
import { DEAD_LETTERS, exhibit } from '../zoo-scenario.ts';

const RETENTION_MS = 600_000;

/** Nobody reads for longer than the dead-letter topic keeps anything. */
function withALongWait(plan: Plan): Plan {
  return { ...plan, ops: [...plan.ops.filter(({ op }) => op === 'produce'), { op: 'wait', ms: 2 * RETENTION_MS }] };
}

export const oldLetter: ZooEntry = exhibit({
  id: 34,
  name: "dead letter with the original's timestamp, removed by retention at once",
  seenIn: 'reasoned',
  invariant: 'lost-reject',
  broken: modelSubject({
    name: 'dates a dead letter as its original',
    rejects: deadLetters({ timestampOf: ({ timestamp }) => timestamp }),
  }),
  mended: modelSubject({ name: 'dates a dead letter by its own time', rejects: deadLetters() }),
  tries: 'records wait for longer than the dead-letter topic keeps anything',
  trouble: 'steady',
  adapt: withALongWait,
  deadLetters: { ...DEAD_LETTERS, configs: { 'retention.ms': String(RETENTION_MS) } },
  brokerConfig: { logRetentionCheckIntervalMs: 500 },
  caughtWithin: 50,
  onKafka: false,
});
