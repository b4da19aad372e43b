/**
 * Prints how many bytes of each run of a scenario, which nobody keeps, stay in V8's old space until its next large collection. Run with
 * `--expose-gc`, by short-lived-runs.test.ts.
 */
import * as fc from 'fast-check';
import { getHeapSpaceStatistics } from 'node:v8';
import { PlanSource } from '../../scenarios/campaign/plan-source.ts';
import { memoryPlace } from '../../scenarios/memory-place.ts';
import { defineScenario } from '../../scenarios/own/define-scenario.ts';
import { playPlan } from '../../scenarios/play-plan.ts';
import { profileScenarios } from '../../scenarios/profile-scenarios.ts';
import type { ScenarioDefinition } from '../../scenarios/scenario-definition.ts';
import { consume } from '../../src/action.ts';
import { defineHandler } from '../../src/define-handler.ts';

/** Whatever is compiled and learned on the way stays, and is there by then. */
const WARM_UP_RUNS = 400;
const RUNS = 300;
const RUNS_A_COLLECTION = 10;

const collect = globalThis.gc as NodeJS.GCFunction;

const own = defineScenario('own', {
  world: () => ({ seen: [] as number[] }),
  handlers: ({ seen }) => [
    defineHandler({
      topic: 'orders',
      async handle(_value, { record }) {
        seen.push(record.offset);
        return consume();
      },
    }),
  ],
  messages: { orders: fc.record({ key: fc.constantFrom('a', 'b'), value: fc.nat() }) },
});
const everything = profileScenarios.find(({ name }) => name === 'under-everything') as ScenarioDefinition;

async function remainsOf(scenario: ScenarioDefinition): Promise<number> {
  const plans = new PlanSource(fc, scenario, memoryPlace, 1);
  for (let run = 0; run < WARM_UP_RUNS; run += 1) await playPlan(scenario, plans.draw(run).plan, memoryPlace);
  collect();
  for (let run = 1; run <= RUNS; run += 1) {
    await playPlan(scenario, plans.draw(run).plan, memoryPlace);
    // What outlives two of them is moved.
    if (run % RUNS_A_COLLECTION === 0) for (let times = 0; times < 2; times += 1) collect({ type: 'minor' });
  }
  const before = oldBytes();
  collect();
  return (before - oldBytes()) / RUNS;
}

function oldBytes(): number {
  return getHeapSpaceStatistics().find((space) => space.space_name === 'old_space')?.space_used_size ?? 0;
}

process.stdout.write(JSON.stringify({ everything: await remainsOf(everything), own: await remainsOf(own) }));
