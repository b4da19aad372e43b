/** The report as JUnit's XML, as most CI systems read it: a test suite for the campaign, a test case for each scenario. */
import type { CampaignReport, FailureReport, ScenarioReport } from './campaign-report.ts';
import { failureText } from './failure-text.ts';
import type { CampaignStory } from './model/played-plan.ts';
import { promiseWords } from './model/promise-words.ts';
import { visibleText } from './model/visible-text.ts';

/** Most that one failure may write: CI systems cut long texts, or choke on them. */
const MAX_FAILURE_TEXT = 20_000;

export function renderJunit(story: CampaignStory): string {
  const { report } = story;
  const cases = report.scenarios.map((scenario) => testCase(scenario, story));
  const skipped = report.skipped.map(
    ({ name, reason }) => `    <testcase classname="kafka-rehearsal" name="${xml(name)}"><skipped message="${xml(reason)}"/></testcase>`,
  );
  const totals = `tests="${cases.length + skipped.length}" failures="${countOf(report, false)}" errors="${countOf(report, true)}" skipped="${skipped.length}" time="${seconds(report.durationMs)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="kafka-rehearsal" ${totals}>`,
    `  <testsuite name="kafka-rehearsal" ${totals}>`,
    `    <properties><property name="seed" value="${report.seed}"/></properties>`,
    ...cases,
    ...skipped,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase(scenario: ScenarioReport, story: CampaignStory): string {
  const { counts } = scenario;
  const faults = Object.values(counts.faults).reduce((sum, fired) => sum + fired, 0);
  const properties = [
    ['transport', scenario.transport],
    ['runs', String(scenario.runs)],
    ...(scenario.traceHash === null ? [] : [['traceHash', scenario.traceHash]]),
    ['records', String(counts.records)],
    ['deliveries', String(counts.deliveries)],
    ['commits', String(counts.commits)],
    ['rebalances', String(counts.rebalances)],
    ['crashes', String(counts.crashes)],
    ['faults', String(faults)],
  ].map(([name, value]) => `<property name="${name}" value="${xml(value ?? '')}"/>`);
  const { failure } = scenario;
  const lines = [
    `    <testcase classname="kafka-rehearsal.${xml(scenario.transport)}" name="${xml(scenario.name)}">`,
    `      <properties>${properties.join('')}</properties>`,
    ...(failure === undefined ? [] : [failureElement(scenario, failure, story)]),
    '    </testcase>',
  ];
  return lines.join('\n');
}

function failureElement(scenario: ScenarioReport, failure: FailureReport, story: CampaignStory): string {
  const element = failure.invariant === 'run-failed' ? 'error' : 'failure';
  const text = failureText(failure, story.failures.get(scenario.name) ?? null).join('\n');
  const message = `${promiseWords(failure.invariant).headline}: ${failure.message}`;
  return `      <${element} type="${xml(failure.invariant)}" message="${xml(message)}">${xml(text, true)}</${element}>`;
}

function countOf(report: CampaignReport, isError: boolean): number {
  return report.scenarios.filter(({ failure }) => failure !== undefined && (failure.invariant === 'run-failed') === isError).length;
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}

/** What XML cannot hold at all (control characters, halves of pairs) is written out first. */
function xml(text: string, lines = false): string {
  return visibleText(text, { lines, limit: MAX_FAILURE_TEXT }).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
