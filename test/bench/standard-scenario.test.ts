/** What is measured is what it says it is, whatever the profile that it is drawn from comes to have. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { standardScenario } from '../../bench/standard-scenario.ts';
import { PlanSource } from '../../scenarios/campaign/plan-source.ts';
import { memoryPlace } from '../../scenarios/memory-place.ts';
import { decisiveViolation, playPlan } from '../../scenarios/play-plan.ts';

const RUNS = 60;

test('every plan of the standard scenario can be played, and has its size', async () => {
  const plans = new PlanSource(fc, standardScenario, memoryPlace, 1);
  for (let run = 0; run < RUNS; run += 1) {
    const { plan } = plans.draw(run);
    expect(plan.config.topics).toEqual([{ name: 'orders', partitions: 3 }]);
    expect(plan.ops.filter(({ op }) => op === 'produce')).toHaveLength(30);
    expect(new Set(plan.ops.flatMap((op) => ('member' in op ? [op.member] : [])))).toEqual(new Set(['a', 'b']));
    const result = await playPlan(standardScenario, plan, memoryPlace);
    expect(decisiveViolation(standardScenario, result)).toBeNull();
  }
});
