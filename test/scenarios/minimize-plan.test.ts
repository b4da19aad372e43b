import { describe, expect, it } from 'vitest';
import { minimizePlan } from '../../scenarios/minimize-plan.ts';
import { parsePlan } from '../../testing/scenario/parse-plan.ts';
import { PLAN_VERSION, type Plan, type PlanOp } from '../../testing/scenario/plan.ts';

function planOf(ops: readonly PlanOp[], faults: Plan['faults'] = []): Plan {
  const config = {
    seed: 1,
    brokers: 2,
    topics: [{ name: 'orders', partitions: 3 }],
    offsetReset: 'earliest',
    sessionTimeoutMs: 6000,
  } as const;
  return { version: PLAN_VERSION, scenario: 's', config, ops, faults, choices: [] };
}

const produce = (partition: number, skips = 0): PlanOp => ({
  op: 'produce',
  topic: 'orders',
  partition,
  key: 'k',
  value: 'long value',
  script: { skips, slowMs: 40 },
});

describe('minimizePlan', () => {
  it('leaves what the failure needs, and simplifies it', async () => {
    const ops = [
      ...Array.from({ length: 12 }, (_each, index) => produce(index % 3)),
      produce(2, 3),
      { op: 'wait', ms: 800 } as const,
      ...Array.from({ length: 9 }, () => produce(0)),
    ];
    const needs = (plan: Plan): boolean =>
      plan.ops.some((op) => op.op === 'produce' && (op.script?.skips ?? 0) > 0) && plan.ops.some((op) => op.op === 'wait');
    const smallest = await minimizePlan(planOf(ops), async (candidate) => needs(candidate));
    expect(smallest.ops).toEqual([
      { op: 'produce', topic: 'orders', partition: 0, key: null, value: 'x', script: { skips: 1 } },
      { op: 'wait', ms: 1 },
    ]);
    expect(smallest.config.topics).toEqual([{ name: 'orders', partitions: 1 }]);
  });

  it('leaves out what is done by hand, and with a topic the pauses of it', async () => {
    const byHand: readonly PlanOp[] = [
      { op: 'pause', member: 'a', topic: 'payments', partition: 2 },
      { op: 'pause', member: 'a', topic: 'orders', partition: 2 },
      { op: 'decide' },
      { op: 'resume', member: 'a', topic: 'payments' },
    ];
    const halted: PlanOp = { op: 'produce', topic: 'orders', partition: 2, key: null, value: 'x', script: { whenHalted: 'dead-letter' } };
    const plan = planOf([...byHand, halted]);
    const two: Plan = { ...plan, config: { ...plan.config, topics: [...plan.config.topics, { name: 'payments', partitions: 3 }] } };
    expect((await minimizePlan(two, async (candidate) => candidate.ops.some(({ op }) => op === 'produce'))).ops).toEqual([
      { op: 'produce', topic: 'orders', partition: 0, key: null, value: 'x' },
    ]);
    const tried: Plan[] = [];
    const pauses = (candidate: Plan): boolean => {
      tried.push(candidate);
      return candidate.ops.some(({ op }) => op === 'produce') && candidate.ops.some((op) => op.op === 'pause' && op.topic === 'orders');
    };
    const smallest = await minimizePlan(two, async (candidate) => pauses(candidate));
    expect(smallest.ops).toEqual([
      { op: 'pause', member: 'a', topic: 'orders', partition: 0 },
      { op: 'produce', topic: 'orders', partition: 0, key: null, value: 'x' },
    ]);
    expect(smallest.config.topics).toEqual([{ name: 'orders', partitions: 1 }]);
    for (const candidate of tried) expect(() => parsePlan(candidate)).not.toThrow();
  });

  it('keeps a fault between the operations it stood between', async () => {
    const faults = [{ afterOps: 3, fault: { kind: 'commit-reply-lost', times: 3 } }] as const;
    const isBeforeCrash = (plan: Plan): boolean => {
      const crash = plan.ops.findIndex((op) => op.op === 'crash');
      const planned = plan.faults[0];
      return crash >= 0 && planned !== undefined && planned.afterOps <= crash;
    };
    const smallest = await minimizePlan(
      planOf([produce(0), produce(1), produce(2), { op: 'crash', member: 'a' }], faults),
      async (candidate) => isBeforeCrash(candidate),
    );
    expect(smallest.ops).toEqual([{ op: 'crash', member: 'a' }]);
    expect(smallest.faults).toEqual([{ afterOps: 0, fault: { kind: 'commit-reply-lost', times: 1 } }]);
  });

  it('leaves the choices that the failure needs, and trims zeros', async () => {
    const plan = { ...planOf([produce(0)]), choices: [3, 0, 5, 2, 0, 1, 4, 0, 2] };
    const smallest = await minimizePlan(plan, async ({ choices }) => (choices[2] ?? 0) > 0);
    expect(smallest.choices).toEqual([0, 0, 1]);
    expect((await minimizePlan(plan, async () => true)).choices).toEqual([]);
  });

  it('lets a fault strike at once where it may', async () => {
    const plan = planOf([], [{ afterOps: 0, fault: { kind: 'rebalance', afterEvents: 200 } }]);
    expect((await minimizePlan(plan, async ({ faults }) => faults.length > 0)).faults[0]?.fault).toEqual({ kind: 'rebalance' });
  });

  it('tries only plans that can be played: no fault of a topic or a partition that is no more', async () => {
    const faults = [
      { afterOps: 0, fault: { kind: 'fetch-reply-lost', topic: 'orders', partition: 2 } },
      { afterOps: 0, fault: { kind: 'fetch-reply-lost', topic: 'payments' } },
    ] as const;
    const plan = planOf([produce(2)], faults);
    const topics = [...plan.config.topics, { name: 'payments', partitions: 3 }];
    const tried: Plan[] = [];
    await minimizePlan({ ...plan, config: { ...plan.config, topics } }, async (candidate) => {
      tried.push(parsePlan(candidate));
      return false;
    });
    expect(tried.length).toBeGreaterThan(3);
  });

  it('leaves a plan alone of which nothing can go', async () => {
    const plan = planOf([produce(0)]);
    expect(await minimizePlan(plan, async () => false)).toBe(plan);
  });
});
