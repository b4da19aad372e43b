import { PLAN_VERSION, type Plan, type PlanOp, type RecordScript } from '../../testing/scenario/plan.ts';

/** The scope, in words. */
export const SMALL_SCOPE =
  'two members, two partitions, four records; the second member joins anywhere among them, and either member leaves or crashes after any operation, or crashes at any event';

const TOPIC = 'orders';

/** One of each: done at once, skipped, rejected, failed and slow. */
const SCRIPTS: readonly RecordScript[] = [{ skips: 1 }, {}, { verdict: 'reject' }, { failures: 1, slowMs: 20 }];

const MEMBERS = ['a', 'b'] as const;

/** All is done by then, whatever the choices are. */
const MAX_EVENTS = 150;

const ENDINGS: readonly (PlanOp | null)[] = [
  null,
  { op: 'crash', member: 'a' },
  { op: 'crash', member: 'b' },
  { op: 'leave', member: 'a' },
  { op: 'leave', member: 'b' },
];

/** Every plan of the scope: where the second member joins, and what happens to whom, when. */
export function smallPlans(scenario: string): readonly Plan[] {
  const records = SCRIPTS.map((script, index): PlanOp => ({
    op: 'produce',
    topic: TOPIC,
    partition: index % 2,
    key: null,
    value: String(index),
    ...(Object.keys(script).length > 0 ? { script } : {}),
  }));
  const plans: Plan[] = [];
  for (let joinAt = 0; joinAt <= records.length; joinAt += 1) {
    const joined = records.toSpliced(joinAt, 0, { op: 'join', member: 'b' });
    for (const ending of ENDINGS) {
      if (ending === null) plans.push(planOf(scenario, joined));
      else for (let at = joinAt + 1; at <= joined.length; at += 1) plans.push(planOf(scenario, joined.toSpliced(at, 0, ending)));
    }
    for (const member of MEMBERS) {
      for (let afterEvents = 0; afterEvents < MAX_EVENTS; afterEvents += 1)
        plans.push(planOf(scenario, joined, [{ afterOps: 0, fault: { kind: 'member-crashed', member, afterEvents } }]));
    }
  }
  return plans;
}

function planOf(scenario: string, ops: readonly PlanOp[], faults: Plan['faults'] = []): Plan {
  return {
    version: PLAN_VERSION,
    scenario,
    config: { seed: 1, brokers: 2, topics: [{ name: TOPIC, partitions: 2 }], offsetReset: 'earliest', sessionTimeoutMs: 6_000 },
    ops: [{ op: 'join', member: 'a' }, ...ops],
    faults,
    choices: [],
  };
}
