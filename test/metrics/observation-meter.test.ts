import { Registry } from 'prom-client';
import { beforeEach, expect, test } from 'vitest';
import { KafkaError } from '../../src/errors.ts';
import { kafkaMetrics } from '../../src/metrics/index.ts';
import type { Observation } from '../../src/observation.ts';
import { scrape } from './scrape.ts';

type Told = Observation extends infer Each ? (Each extends Observation ? Omit<Each, 'member' | 'at'> & { at?: number } : never) : never;

let registry: Registry;
let observe: (...told: readonly Told[]) => void;

beforeEach(() => {
  registry = new Registry();
  const { observer } = kafkaMetrics({ registry, eventLoopDelay: false, maxReasons: 2 });
  observe = (...told) => {
    for (const each of told) observer({ at: 0, member: 'm#1', ...each } as Observation);
  };
});

const here = { topic: 't', partition: 0, epoch: 1 };
const assigned: Told = { kind: 'assigned', ...here, committedOffset: 0 };
const delivered = (offset: number, at: number, batch?: number): Told => ({
  kind: 'delivered',
  at,
  ...here,
  offset,
  attempt: 1,
  ...(batch === undefined ? {} : { batch }),
});
const answered = (offset: number, at: number, reason: string | null = null): Told => ({
  kind: 'action',
  at,
  ...here,
  offset,
  attempt: 1,
  action: reason === null ? 'consume' : 'reject',
  reason,
});
const durations = async (outcome: string): Promise<readonly [count: number | undefined, sum: number | undefined]> => {
  const series = await scrape(registry);
  const labels = `{outcome="${outcome}",topic="t"}`;
  return [series.get(`handler_duration_seconds_count${labels}`), series.get(`handler_duration_seconds_sum${labels}`)];
};

test('a batch is one call, whatever its records are answered', async () => {
  observe(assigned, delivered(0, 0, 1), delivered(1, 0, 1), delivered(2, 100, 2), delivered(3, 100, 2));
  observe(answered(0, 40), answered(1, 40, 'no-good'), answered(2, 160), answered(3, 160));
  expect(await durations('answered')).toEqual([2, 0.1]);
});

test('calls that overlap in time are each timed', async () => {
  observe(assigned, delivered(0, 0), delivered(1, 10), delivered(2, 20), answered(1, 30), answered(2, 60), answered(0, 100));
  expect(await durations('answered')).toEqual([3, 0.16]);
});

test('a failure ends the call: the answer that a policy makes of it is not a second one', async () => {
  observe(assigned, delivered(0, 0));
  observe({ kind: 'failed', at: 500, ...here, offset: 0, attempt: 1, failures: 1, error: new KafkaError('HANDLER_DEADLINE', 'late') });
  observe(answered(0, 500, 'retries-exhausted'), { kind: 'stale-result', at: 900, ...here, offset: 0, attempt: 1 });
  expect(await durations('failed')).toEqual([1, 0.5]);
  expect(await durations('answered')).toEqual([0, 0]);
  const series = await scrape(registry);
  expect(series.get('failures_total{error="HANDLER_DEADLINE",topic="t"}')).toBe(1);
  expect(series.get('stale_results_total{topic="t"}')).toBe(1);
});

test('what is left of an older epoch is not timed', async () => {
  observe(assigned, delivered(0, 0), { kind: 'lost', ...here }, { ...assigned, epoch: 2 } as Told);
  observe(delivered(0, 50), answered(0, 1_000));
  expect(await durations('answered')).toEqual([0, 0]);
});

test('reasons are bounded: further ones, and free text, count as other; our own always fit', async () => {
  observe(assigned);
  for (const reason of ['a', 'b', 'c', 'd', 'x'.repeat(65), 'decode-failed', 'a']) observe(answered(0, 0, reason));
  const series = await scrape(registry);
  const records = [...series].filter(([key]) => key.startsWith('records_total') && key.includes('reject'));
  expect(Object.fromEntries(records)).toEqual({
    'records_total{action="reject",reason="a",topic="t"}': 2,
    'records_total{action="reject",reason="b",topic="t"}': 1,
    'records_total{action="reject",reason="other",topic="t"}': 3,
    'records_total{action="reject",reason="decode-failed",topic="t"}': 1,
  });
});

test('what is told rarely is counted', async () => {
  const error = new KafkaError('PRODUCE_FAILED', 'no');
  const record = { ...here, offset: 3, attempt: 1 };
  observe(
    assigned,
    { kind: 'ledger-read', ...here, outcome: 'believed', reason: null },
    { kind: 'already-done', ...here, offset: 4 },
    { kind: 'dead-letter-sent', ...record, target: 'd', reason: 'too-old' },
    { kind: 'dead-letter-failed', ...record, target: 'd', error, retriable: true },
    { kind: 'dead-letter-sent', ...record, target: 'd', reason: 'too-old' },
    { kind: 'dead-lettered', ...record, target: 'd', targetPartition: 0, targetOffset: 1, pointer: false },
    { kind: 'lane-halted', ...record, error },
    { kind: 'lane-resumed', ...record, by: 'retry' },
    { kind: 'overlap', ...record },
    { kind: 'range-removed', ...here, from: 5, to: 12 },
    { kind: 'discontinuity', ...here, position: 1, fetchedFrom: 2 },
    { kind: 'paused', ...here, queued: 1, cause: 'window' },
    { kind: 'resumed', ...here, queued: 1, cause: 'window' },
    { kind: 'halted', ...here, error },
    { kind: 'commit-sent', at: 10, ...here, offset: 1 },
    { kind: 'commit-settled', at: 30, ...here, offset: 1, outcome: 'refused', code: 'ILLEGAL_GENERATION' },
    { kind: 'revoked', ...here },
    { kind: 'warning', error },
    { kind: 'fatal', error },
  );
  const series = await scrape(registry);
  expect(Object.fromEntries([...series].filter(([key, value]) => value > 0 && !key.includes('_bucket')))).toEqual({
    'ledger_reads_total{outcome="believed",topic="t"}': 1,
    'already_done_total{topic="t"}': 1,
    'dead_letters_total{outcome="sent",topic="t"}': 2,
    'dead_letters_total{outcome="failed",topic="t"}': 1,
    'dead_letters_total{outcome="acknowledged",topic="t"}': 1,
    'lane_halts_total{code="PRODUCE_FAILED",topic="t"}': 1,
    'lane_resumes_total{by="retry",topic="t"}': 1,
    'overlaps_total{topic="t"}': 1,
    'removed_by_retention_total{topic="t"}': 7,
    'discontinuities_total{topic="t"}': 1,
    'pauses_total{cause="window",topic="t"}': 1,
    'partition_halts_total{code="PRODUCE_FAILED",topic="t"}': 1,
    'commits_total{code="ILLEGAL_GENERATION",outcome="refused",topic="t"}': 1,
    'commit_duration_seconds_count{outcome="refused"}': 1,
    'commit_duration_seconds_sum{outcome="refused"}': 0.02,
    'partition_changes_total{change="assigned",topic="t"}': 1,
    'partition_changes_total{change="revoked",topic="t"}': 1,
    'warnings_total{code="PRODUCE_FAILED"}': 1,
    'fatal_errors_total{code="PRODUCE_FAILED"}': 1,
  });
});

test('what may be increased is there before the first time, at 0', async () => {
  observe(assigned);
  const series = await scrape(registry);
  expect(series.get('dead_letters_total{outcome="failed",topic="t"}')).toBe(0);
  expect(series.get('records_total{action="consume",topic="t"}')).toBe(0);
  expect(series.get('partition_changes_total{change="lost",topic="t"}')).toBe(0);
});
