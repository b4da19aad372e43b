import { KafkaError } from '../../src/errors.ts';
import type { CampaignReport, FailureReport, ScenarioReport } from '../../testing/report/campaign-report.ts';
import { addCounts, noCounts } from '../../testing/report/counts.ts';
import { missingOf } from '../demands.ts';
import { TraceSum } from './trace-sum.ts';

/**
 * Joins the reports of all shards of one campaign into the report that one machine would have given. `durationMs` is the
 * longest of them. Throws CONFIG_INVALID for reports that do not belong together, and for shards that are missing.
 */
export function mergeReports(reports: readonly CampaignReport[]): CampaignReport {
  const [first] = reports;
  if (first === undefined) throw new KafkaError('CONFIG_INVALID', 'There is no report to merge');
  checkShards(reports);
  const names = [...new Set(reports.flatMap(({ scenarios }) => scenarios.map(({ name }) => name)))];
  const scenarios = names.map((name) => mergeScenario(reports.flatMap((report) => report.scenarios.filter((each) => each.name === name))));
  return {
    passed: reports.every(({ passed }) => passed) && scenarios.every(({ passed }) => passed),
    seed: first.seed,
    durationMs: Math.max(...reports.map(({ durationMs }) => durationMs)),
    scenarios,
    // Skipped here, played there: then it is in the report.
    skipped: reports
      .flatMap(({ skipped }) => skipped)
      .filter(({ name }, index, all) => !names.includes(name) && all.findIndex((each) => each.name === name) === index),
  };
}

function checkShards(reports: readonly CampaignReport[]): void {
  const seeds = [...new Set(reports.map(({ seed }) => seed))];
  if (seeds.length > 1)
    throw new KafkaError('CONFIG_INVALID', `These reports are of different campaigns: their seeds are ${seeds.join(', ')}.`);
  const counts = [...new Set(reports.map(({ shard }) => shard?.count ?? 1))];
  const [count] = counts;
  if (count === undefined || counts.length > 1 || reports.some(({ shard }) => shard === undefined && reports.length > 1))
    throw new KafkaError(
      'CONFIG_INVALID',
      'These reports are no shards of one campaign: they were divided into different numbers of them.',
    );
  const indices = reports.map(({ shard }) => shard?.index ?? 1);
  const twice = indices.find((index, at) => indices.indexOf(index) !== at);
  if (twice !== undefined) throw new KafkaError('CONFIG_INVALID', `Shard ${twice}/${count} is there twice.`);
  const missing = Array.from({ length: count }, (_, index) => index + 1).filter((index) => !indices.includes(index));
  if (missing.length > 0)
    throw new KafkaError(
      'CONFIG_INVALID',
      `Of ${count} shards these are missing: ${missing.map((index) => `${index}/${count}`).join(', ')}.`,
    );
}

function mergeScenario(parts: readonly ScenarioReport[]): ScenarioReport {
  const [first] = parts;
  if (first === undefined) throw new RangeError('A scenario of no report');
  const runs = parts.reduce((sum, part) => sum + part.runs, 0);
  const counts = parts.reduce((sum, part) => addCounts(sum, part.counts), noCounts());
  const sum = new TraceSum();
  for (const { traceHash } of parts) if (traceHash !== null) sum.join(traceHash);
  const failure = firstFailure(parts) ?? vacuous(first, runs, counts, parts);
  return {
    name: first.name,
    transport: first.transport,
    runs,
    passed: failure === null,
    traceHash: first.traceHash === null ? null : sum.toString(),
    counts,
    ...(failure === null ? {} : { failure }),
  };
}

/** The one of the lowest run, as a single machine would have met it. */
function firstFailure(parts: readonly ScenarioReport[]): FailureReport | null {
  const failures = parts.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
  const lowest = Math.min(...failures.map(({ run }) => run ?? Number.POSITIVE_INFINITY));
  return failures.find(({ run }) => (run ?? Number.POSITIVE_INFINITY) === lowest) ?? null;
}

function vacuous(
  { name, demands }: ScenarioReport,
  runs: number,
  counts: ScenarioReport['counts'],
  parts: readonly ScenarioReport[],
): FailureReport | null {
  if (demands === undefined || parts.some(({ failure }) => failure !== undefined)) return null;
  const message = missingOf(demands, { runs, counts });
  return message === null ? null : { invariant: 'vacuous', message, plan: null, replayCommand: `kafka-rehearsal run --filter ${name}` };
}
