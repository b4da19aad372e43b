import { describe, expect, it } from 'vitest';
import { loadFastCheck } from '../../scenarios/load-fast-check.ts';
import { memoryPlace } from '../../scenarios/memory-place.ts';
import { playPlan, runScenarios } from '../../scenarios/run-scenarios.ts';
import { runtimeSubject } from '../../scenarios/runtime-subject.ts';
import { bugZoo } from '../../scenarios/zoo/index.ts';
import { commitSemantics } from '../../scenarios/commit-semantics.ts';
import { modelSubject } from '../../scenarios/zoo/model/model-consumer.ts';
import type { Plan } from '../../testing/scenario/plan.ts';
import { puppetHandler } from '../../scenarios/plan-world.ts';

const TIMEOUT_MS = 60_000;

describe('the bug zoo', () => {
  it('has each number once, in order', () => {
    const ids = bugZoo.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort((left, right) => left - right));
  });
});

describe('the consumer that the exhibits break', () => {
  const careful = modelSubject({ name: 'the model consumer' });
  const inTurn = modelSubject({ name: 'the model consumer, in order', ordering: 'partition' });
  it.each(commitSemantics.map((scenario) => [scenario.name, scenario] as const))(
    'holds by itself: %s',
    async (_name, scenario) => {
      for (const subject of [careful, inTurn]) {
        const definition = {
          ...scenario,
          subject,
          // The model consumer has no options: whoever gives it some gives it nothing.
          plans: (...given: Parameters<typeof scenario.plans>) => scenario.plans(...given).map(withoutOptions),
          handlers: (world: Parameters<typeof scenario.handlers>[0]) => [
            puppetHandler(world, ['orders', 'payments'], { initialDelayMs: 200, maxDelayMs: 5_000, factor: 2 }),
          ],
        };
        const { report } = await runScenarios([definition], { place: memoryPlace, runs: 50, seed: 5 });
        expect(report.scenarios[0]?.failure).toBeUndefined();
      }
    },
    TIMEOUT_MS,
  );
});

function withoutOptions(plan: Plan): Plan {
  const { process: _, ...config } = plan.config;
  const topics = config.topics.map(({ name, partitions }) => ({ name, partitions }));
  const names = new Set(topics.map(({ name }) => name));
  const faults = plan.faults.filter(({ fault }) => fault.topic === undefined || names.has(fault.topic));
  return { ...plan, config: { ...config, topics }, faults };
}

describe('the late batches of #29', () => {
  it(
    'do reach our runtime, which drops them',
    async () => {
      const entry = bugZoo.find(({ id }) => id === 29) ?? expect.fail('no entry');
      const fc = await loadFastCheck();
      let dropped = 0;
      for (const plan of fc.sample(entry.scenario.plans(fc, memoryPlace), { seed: 1, numRuns: 60 })) {
        const result = await playPlan({ ...entry.twin, subject: runtimeSubject }, plan, memoryPlace);
        dropped += result.history.events.filter((event) => event.kind === 'observed' && event.observation.kind === 'discontinuity').length;
        expect(result.verdict.violations).toEqual([]);
      }
      expect(dropped).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );
});

describe('the duplicates of #20', () => {
  it(
    'are allowed after a crash, and counted',
    async () => {
      const entry = bugZoo.find(({ id }) => id === 20) ?? expect.fail('no entry');
      const { report } = await runScenarios([entry.twin], { place: memoryPlace, runs: 150, seed: 1 });
      const [only] = report.scenarios;
      expect(only?.failure).toBeUndefined();
      expect(only?.counts.deadLetters).toBeGreaterThan(0);
      expect(only?.counts.duplicates).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );
});
