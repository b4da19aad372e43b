import { describe, expect, it } from 'vitest';
import { campaignModule } from '../../../cli/campaign-source.ts';
import { commitSemantics } from '../../../scenarios/commit-semantics.ts';
import { memoryPlace } from '../../../scenarios/memory-place.ts';
import { runScenarios } from '../../../scenarios/run-scenarios.ts';
import { bugZoo } from '../../../scenarios/zoo/index.ts';
import type { CampaignReport } from '../../../testing/report/campaign-report.ts';

const everything = commitSemantics.filter(({ name }) => name === 'everything');
const workers = (count: number) => ({ count, source: campaignModule(null) });
const timeless = ({ durationMs: _, ...report }: CampaignReport) => report;

describe('worker threads', { timeout: 60_000 }, () => {
  it('make no difference to what comes out', async () => {
    const campaign = { place: memoryPlace, runs: 40, seed: 8 };
    const alone = await runScenarios(everything, campaign);
    const three = await runScenarios(everything, { ...campaign, workers: workers(3) });
    expect(timeless(three.report)).toEqual(timeless(alone.report));
  });

  it('make no difference to the failure, which is shrunk here', async () => {
    const { scenario } = bugZoo.find(({ id }) => id === 1) ?? expect.fail('no such entry');
    const campaign = { place: memoryPlace, runs: 60, seed: 3 };
    const alone = await runScenarios([scenario], campaign);
    const two = await runScenarios([scenario], { ...campaign, workers: workers(2) });
    expect(alone.report.passed).toBe(false);
    expect(timeless(two.report)).toEqual(timeless(alone.report));
    expect(two.outcomes[0]?.failed?.violation).toEqual(alone.outcomes[0]?.failed?.violation);
  });

  it('that cannot find the scenario say so', async () => {
    const renamed = everything.map((scenario) => ({ ...scenario, name: 'unheard-of' }));
    await expect(runScenarios(renamed, { place: memoryPlace, runs: 10, seed: 1, workers: workers(2) })).rejects.toThrow(
      /The worker knows no scenario named unheard-of/,
    );
  });

  it('play nothing on a real broker', async () => {
    const place = { ...memoryPlace, time: 'real' } as const;
    await expect(runScenarios(everything, { place, runs: 10, seed: 1, workers: workers(2) })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });
});
