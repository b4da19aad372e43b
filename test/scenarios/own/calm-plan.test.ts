import { describe, expect, it } from 'vitest';
import { calmPlan } from '../../../scenarios/own/calm-plan.ts';
import { parsePlan } from '../../../testing/scenario/parse-plan.ts';
import type { Plan } from '../../../testing/scenario/plan.ts';

const produce: Plan['ops'][number] = { op: 'produce', topic: 'orders', partition: 0, key: null, value: 'x' };
const marker = { kind: 'control-record', topic: 'orders', partition: 0 } as const;

const EMPTY: Plan = {
  version: 1,
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

  it('keeps the markers of transactions where they were among the messages, so that these get the same offsets', () => {
    const plan: Plan = {
      ...EMPTY,
      ops: [{ op: 'join', member: 'a' }, produce, { op: 'join', member: 'b' }, produce],
      faults: [
        { afterOps: 0, fault: marker },
        { afterOps: 3, fault: marker },
      ],
    };
    // The calm run has its own join in front.
    expect(calmPlan(plan).faults).toEqual([
      { afterOps: 1, fault: marker },
      { afterOps: 2, fault: marker },
    ]);
  });
});
