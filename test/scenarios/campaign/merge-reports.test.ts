import { describe, expect, it } from 'vitest';
import { mergeReports } from '../../../scenarios/campaign/merge-reports.ts';
import type { CampaignReport, ScenarioReport } from '../../../testing/report/campaign-report.ts';
import { noCounts } from '../../../testing/report/counts.ts';

function part(index: number, scenario: Partial<ScenarioReport> = {}, rest: Partial<CampaignReport> = {}): CampaignReport {
  const report: ScenarioReport = {
    name: 'steady',
    transport: 'memory',
    runs: 50,
    passed: scenario.failure === undefined,
    traceHash: index.toString(16).padStart(16, '0'),
    counts: { ...noCounts(), records: 5, deliveries: 5, commits: 5 },
    demands: { mustSee: ['records'] },
    ...scenario,
  };
  return { passed: report.passed, seed: 7, durationMs: index * 10, shard: { index, count: 3 }, scenarios: [report], skipped: [], ...rest };
}

const broken = (run: number): Pick<ScenarioReport, 'failure'> => ({
  failure: { invariant: 'stuck', message: `in run ${run}`, plan: null, run, replayCommand: '' },
});

describe('merging the reports of shards', () => {
  it('adds up, in any order', () => {
    const merged = mergeReports([part(3), part(1), part(2)]);
    expect(merged).toMatchObject({ passed: true, seed: 7, durationMs: 30, skipped: [] });
    expect(merged.scenarios).toEqual([
      {
        name: 'steady',
        transport: 'memory',
        runs: 150,
        passed: true,
        traceHash: '0000000000000006',
        counts: { ...noCounts(), records: 15, deliveries: 15, commits: 15 },
      },
    ]);
    expect(merged).not.toHaveProperty('shard');
  });

  it('tells the failure of the lowest run', () => {
    const { passed, scenarios } = mergeReports([part(1, broken(33)), part(2, broken(4)), part(3)]);
    expect(passed).toBe(false);
    expect(scenarios[0]).toMatchObject({ passed: false, failure: { run: 4, message: 'in run 4' } });
  });

  it('judges over all of them whether anything was seen', () => {
    const demands = { mustSee: ['crashes'] } as const;
    const one = { ...noCounts(), records: 5, deliveries: 5, commits: 5, crashes: 1 };
    expect(mergeReports([part(1, { demands }), part(2, { demands, counts: one }), part(3, { demands })]).passed).toBe(true);
    const { passed, scenarios } = mergeReports([part(1, { demands }), part(2, { demands }), part(3, { demands })]);
    expect(passed).toBe(false);
    expect(scenarios[0]?.failure).toMatchObject({ invariant: 'vacuous', message: expect.stringContaining('no crashes') });
  });

  it('says of a scenario that one shard did not come to only what the others saw', () => {
    const skipped = [{ name: 'steady', transport: 'memory', reason: 'interrupted' }] as const;
    const merged = mergeReports([part(1), part(2), part(3, {}, { scenarios: [], skipped })]);
    expect(merged.scenarios[0]?.runs).toBe(100);
    expect(merged.skipped).toEqual([]);
  });

  it.each<[what: string, reports: readonly CampaignReport[], message: RegExp]>([
    ['nothing', [], /no report to merge/],
    ['a part of them', [part(1), part(3)], /Of 3 shards these are missing: 2\/3/],
    ['one of them twice', [part(1), part(2), part(2)], /Shard 2\/3 is there twice/],
    ['different seeds', [part(1), part(2), part(3, {}, { seed: 8 })], /their seeds are 7, 8/],
    ['different divisions', [part(1), part(2), part(3, {}, { shard: { index: 3, count: 4 } })], /divided into different numbers/],
  ])('refuses %s', (_what, reports, message) => {
    expect(() => mergeReports(reports)).toThrow(message);
  });
});
