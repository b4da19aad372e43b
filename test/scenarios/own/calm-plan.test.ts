import { describe, expect, it } from 'vitest';
import { calmPlan } from '../../../scenarios/own/calm-plan.ts';
import { isLossy } from '../../../scenarios/own/run-records.ts';
import type { History } from '../../../testing/checker/history.ts';
import { parsePlan } from '../../../testing/scenario/parse-plan.ts';
import { PLAN_VERSION, type Plan } from '../../../testing/scenario/plan.ts';

const produce: Plan['ops'][number] = { op: 'produce', topic: 'orders', partition: 0, key: null, value: 'x' };

const EMPTY: Plan = {
  version: PLAN_VERSION,
  scenario: 'orders',
  config: { seed: 1, brokers: 2, topics: [{ name: 'orders', partitions: 1 }], offsetReset: 'earliest', sessionTimeoutMs: 6_000 },
  ops: [],
  faults: [],
  choices: [],
};

describe('calmPlan', () => {
  it('keeps the messages and the waits, and drops what goes wrong', () => {
    const plan: Plan = {
      ...EMPTY,
      ops: [{ op: 'join', member: 'a' }, produce, { op: 'crash', member: 'a' }, { op: 'wait', ms: 5 }],
      faults: [{ afterOps: 1, fault: { kind: 'commit-reply-lost' } }],
      choices: [3, 1],
    };
    const calm = calmPlan(plan);
    expect(calm.ops.slice(1)).toEqual([produce, { op: 'wait', ms: 5 }]);
    expect(calm).toMatchObject({ faults: [], choices: [] });
    expect(parsePlan(JSON.parse(JSON.stringify(calm)))).toEqual(calm);
  });
});

describe('isLossy', () => {
  it('is true where a marker took an offset, for the messages behind it have another context.id; not where it was set up only', () => {
    const fault = { kind: 'control-record', topic: 'orders', partition: 0 } as const;
    const history = (events: History['events']): History => ({
      settings: { ordering: 'partition', offsetReset: 'earliest', commitLagMs: 1, observes: true },
      events,
      logs: [],
    });
    expect(isLossy(history([{ kind: 'fault', at: 0, fault, phase: 'felt' }]))).toBe(true);
    expect(isLossy(history([{ kind: 'fault', at: 0, fault }]))).toBe(false);
  });
});
