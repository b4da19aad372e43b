import { describe, expect, it } from 'vitest';
import { commitSemantics } from '../../scenarios/commit-semantics.ts';
import { memoryPlace } from '../../scenarios/memory-place.ts';
import { runScenarios } from '../../scenarios/run-scenarios.ts';

const RUNS = 40;

describe('the runtime on the in-memory Kafka', () => {
  it.each(commitSemantics.map((scenario) => [scenario.name, scenario] as const))('keeps its promises: %s', async (_name, scenario) => {
    const { report } = await runScenarios([scenario], { place: memoryPlace, runs: RUNS, seed: 4 });
    const [only] = report.scenarios;
    expect(only?.failure).toBeUndefined();
    // Not by doing nothing.
    const { counts } = only ?? expect.fail('no report');
    expect(counts).toMatchObject({ records: expect.toSatisfy((count: number) => count > 100) });
    for (const what of scenario.mustSee) {
      if (what === 'faults') expect(Object.keys(counts.faults).length).toBeGreaterThan(1);
      else expect(counts[what], what).toBeGreaterThan(0);
    }
  });

  it('does the same again with the same seed, and something else with another', async () => {
    const everything = commitSemantics.filter(({ name }) => name === 'everything');
    const hashOf = async (seed: number): Promise<string | null | undefined> => {
      const { report } = await runScenarios(everything, { place: memoryPlace, runs: 25, seed });
      return report.scenarios[0]?.traceHash;
    };
    const first = await hashOf(11);
    expect(first).toMatch(/^[0-9a-f]{16}$/);
    expect(await hashOf(11)).toBe(first);
    expect(await hashOf(12)).not.toBe(first);
  });
});

describe('a campaign', () => {
  const [steady] = commitSemantics;
  if (steady === undefined) throw new Error('the suite is empty');

  it('that saw nothing of what it is about does not pass', async () => {
    const { report } = await runScenarios([{ ...steady, mustSee: ['crashes', 'faults'] }], { place: memoryPlace, runs: 20, seed: 1 });
    expect(report.passed).toBe(false);
    expect(report.scenarios[0]?.failure).toMatchObject({
      invariant: 'vacuous',
      message: expect.stringContaining('there were no crashes, no faults'),
    });
  });

  it('refuses to be empty', async () => {
    await expect(runScenarios([], { place: memoryPlace, runs: 1, seed: 1 })).rejects.toMatchObject({ code: 'SCENARIO_INVALID' });
    await expect(runScenarios([steady], { place: memoryPlace, runs: 0, seed: 1 })).rejects.toMatchObject({ code: 'SCENARIO_INVALID' });
  });

  it('reports a run that could not be made as that, and not as a broken promise', async () => {
    const place = { ...memoryPlace, openVenue: () => Promise.reject(new Error('no venue today')) };
    const { report } = await runScenarios([steady], { place, runs: 3, seed: 1 });
    expect(report.scenarios[0]?.failure).toMatchObject({ invariant: 'run-failed', message: expect.stringContaining('no venue today') });
  });

  it('stops at the first failure when told to, and says what was not run', async () => {
    const broken = { ...steady, mustSee: ['crashes'] as const };
    const { report } = await runScenarios([broken, { ...steady, name: 'second' }], { place: memoryPlace, runs: 20, seed: 1, bail: true });
    expect(report.skipped).toEqual([{ name: 'second', transport: 'memory', reason: 'an earlier scenario failed (--bail)' }]);
  });

  it('begins no run after its budget, but always one', async () => {
    const { report } = await runScenarios([steady], { place: memoryPlace, runs: 100_000, seed: 1, budgetMs: 1 });
    expect(report.scenarios[0]?.runs).toBe(1);
    expect(report.passed).toBe(true);
  });
});
