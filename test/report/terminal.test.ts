import { expect, test } from 'vitest';
import type { CampaignReport } from '../../testing/report/campaign-report.ts';
import { noCounts, type Counts } from '../../testing/report/counts.ts';
import { countedFaults } from '../../testing/report/fault-counts.ts';
import { plainPalette } from '../../testing/report/palette.ts';
import { renderSummary, scenarioLine, scenarioNameWidth } from '../../testing/report/terminal.ts';

function summaryOf(counts: Partial<Counts>): readonly string[] {
  const report: CampaignReport = {
    passed: true,
    seed: 1,
    durationMs: 948,
    scenarios: [{ name: 'orders', transport: 'memory', runs: 100, passed: true, traceHash: 'abc', counts: { ...noCounts(), ...counts } }],
    skipped: [],
  };
  return renderSummary(report, { tries: new Map(), place: 'an in-memory Kafka', command: 'npx kafka-rehearsal run' }, plainPalette);
}

test('puts scenarios below each other, however long their names are', () => {
  const scenarios = ['steady', 'each order is charged once'].map((name) => ({
    ...{ name, transport: 'memory', runs: 7, passed: true, traceHash: null, counts: noCounts() },
  })) as CampaignReport['scenarios'];
  const width = scenarioNameWidth(scenarios);
  expect(scenarios.map((scenario) => scenarioLine(scenario, 'crashes', width, plainPalette).indexOf('7 runs'))).toEqual([35, 35]);
  expect(scenarioLine(scenarios[0] as CampaignReport['scenarios'][number], '', 16, plainPalette)).toBe('  ✓ steady               7 runs');
});

test('counts faults in words, where they strike, the most frequent first', () => {
  expect(countedFaults({ 'reply-delayed': 38, 'commit-refused': 358, 'leader-moved': 1, 'handler-hung': 2, 'disk-full': 0 })).toEqual([
    'The network: 358 commits refused, 38 answers late',
    'The brokers: 1 leader moved',
    'The processes and handlers, by faults: 2 calls that hung',
  ]);
  expect(countedFaults({})).toEqual([]);
});

test('says the promises of a scenario of one’s own as sentences, and checks of the user by their names', () => {
  const lines = summaryOf({ ownChecks: { 'same-as-calm': 92, 'ends-in-consume': 728, 'charged once': 12 } });
  const held = lines.slice(lines.indexOf('What held, every time'), lines.indexOf('What it means for your offsets')).join('\n');
  expect(held).toMatch(/✓ The same messages have the same effect, whatever goes wrong on the way\. +92 checks/);
  expect(held).toMatch(/✓ Every generated message ends in Consume, unless the scenario says that +728 checks\n {4}it may be rejected\./);
  expect(held).toMatch(/✓ charged once +12 checks/);
  const faults = Object.fromEntries(
    ['commit-refused', 'fetch-partial', 'produce-refused', 'reply-lost', 'stale-batch'].map((kind) => [kind, 111_111]),
  );
  const counted = summaryOf({ faults }).join('\n');
  expect(counted).toContain('111,111 stale batches');
  expect(counted).not.toMatch(/\d\n/);
  for (const line of [...lines, ...counted.split('\n')]) expect(line.length).toBeLessThanOrEqual(100);
});
