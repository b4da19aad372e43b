import { describe, expect, it } from 'vitest';
import { memoryPlace } from '../../scenarios/memory-place.ts';
import { playPlan, runScenarios } from '../../scenarios/run-scenarios.ts';
import { runtimeSubject } from '../../scenarios/runtime-subject.ts';
import { bugZoo } from '../../scenarios/zoo/index.ts';
import { planSteps } from '../../testing/scenario/plan.ts';

const MAX_STEPS = 8;
const TWIN_RUNS = 150;

describe.each(bugZoo.map((entry) => [entry.id, entry.name, entry] as const))('zoo #%i: %s', (_id, _name, entry) => {
  it.each([1, 2, 3])('is caught, named and shrunk with seed %i', async (seed) => {
    const { report, outcomes } = await runScenarios([entry.scenario], { place: memoryPlace, runs: entry.caughtWithin, seed });
    const [only] = report.scenarios;
    expect(only?.failure?.invariant).toBe(entry.invariant);
    const plan = only?.failure?.plan ?? expect.fail('no plan');
    expect(planSteps(plan)).toBeLessThanOrEqual(MAX_STEPS);
    // The shrunk plan is the one that was played last, and it is what the report shows.
    expect(outcomes[0]?.failed?.result.plan).toEqual(plan);
  });

  it('holds when it is mended', async () => {
    const { report } = await runScenarios([entry.twin], { place: memoryPlace, runs: TWIN_RUNS, seed: 1 });
    expect(report.scenarios[0]?.failure).toBeUndefined();
  });

  it('holds with our runtime in its place', async () => {
    const { report } = await runScenarios([{ ...entry.twin, subject: runtimeSubject }], { place: memoryPlace, runs: TWIN_RUNS, seed: 1 });
    expect(report.scenarios[0]?.failure).toBeUndefined();
  });
});

describe('the late batches of zoo #29', () => {
  it('do reach our runtime, which drops them', async () => {
    const entry = bugZoo.find(({ id }) => id === 29) ?? expect.fail('no entry');
    const { outcomes } = await runScenarios([entry.scenario], { place: memoryPlace, runs: entry.caughtWithin, seed: 1 });
    const plan = outcomes[0]?.report.failure?.plan ?? expect.fail('no plan');
    const result = await playPlan({ ...entry.twin, subject: runtimeSubject }, plan, memoryPlace);
    const dropped = result.history.events.filter((event) => event.kind === 'observed' && event.observation.kind === 'discontinuity');
    expect(dropped.length).toBeGreaterThan(0);
    expect(result.verdict.violations).toEqual([]);
  });
});
