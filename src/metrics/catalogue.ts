import type { MetricType } from './registry.ts';

/** What a metric is called, without its prefix, and what it says. */
export interface MetricDescription {
  readonly type: MetricType;
  readonly help: string;
  readonly labels: readonly string[];
  /** How several processes of a cluster are put together by prom-client's `AggregatorRegistry`. Default: their sum. */
  readonly aggregator?: 'sum' | 'max';
}

const counter = (help: string, ...labels: string[]): MetricDescription => ({ type: 'counter', help, labels });
const histogram = (help: string, ...labels: string[]): MetricDescription => ({ type: 'histogram', help, labels });
const gauge = (help: string, ...labels: string[]): MetricDescription => ({ type: 'gauge', help, labels });

/** Counted from observations. A partition is never a label of theirs: there are few topics, and rates per partition follow from the offsets. */
export const COUNTERS = {
  records_total: counter('Answers of handlers, or of their policies, by action and reason.', 'topic', 'action', 'reason'),
  records_received_total: counter('Records that were fetched and accepted.', 'topic'),
  deliveries_total: counter('Deliveries of records to handlers, repeated ones included.', 'topic'),
  failures_total: counter(
    'Deliveries that ended in a throw, a rejection, no valid answer or a passed deadline, by code or name of the error.',
    'topic',
    'error',
  ),
  retries_total: counter('Deliveries that were scheduled again, after a skip or a failure.', 'topic'),
  already_done_total: counter('Records that were not delivered again because the durable ledger says that they are done.', 'topic'),
  ledger_reads_total: counter('Durable ledgers that were found at an assignment, and whether they were believed.', 'topic', 'outcome'),
  dead_letters_total: counter('Dead letters: attempts sent, acknowledged by all in-sync replicas, failed.', 'topic', 'outcome'),
  lane_halts_total: counter('Lanes that were halted until somebody decides, by code of the error.', 'topic', 'code'),
  lane_resumes_total: counter('Halted lanes that go on, by what made them.', 'topic', 'by'),
  partition_halts_total: counter('Partitions that were halted, by code of the error.', 'topic', 'code'),
  pauses_total: counter('Times that fetching of a partition was paused, by cause.', 'topic', 'cause'),
  overlaps_total: counter('Calls that were started, by explicit option, while an earlier call of their lane still ran.', 'topic'),
  stale_results_total: counter('Answers of handlers that came too late and were dropped.', 'topic'),
  discontinuities_total: counter('Batches that were not fetched from the position, and were dropped.', 'topic'),
  removed_by_retention_total: counter('Offsets that retention or delete-records took away before they were delivered.', 'topic'),
  partition_changes_total: counter('Partitions that were assigned, revoked or lost.', 'topic', 'change'),
  rebalances_total: counter('Generations of the group that this process joined, the first included.'),
  commits_total: counter('Commits of a partition, by outcome and code of the refusal.', 'topic', 'outcome', 'code'),
  warnings_total: counter('Failures that the transport goes on from by itself, by code.', 'code'),
  fatal_errors_total: counter('Errors that ended a consumer, by code.', 'code'),
} as const satisfies Readonly<Record<string, MetricDescription>>;

/** In seconds, from the `at` of two observations: whole milliseconds, so single values are coarse and sums are right. */
export const HISTOGRAMS = {
  handler_duration_seconds: histogram(
    'Time of handler calls until they are answered or have failed; a batch is one call.',
    'topic',
    'outcome',
  ),
  commit_duration_seconds: histogram('Time from sending the commit of a partition until its answer.', 'outcome'),
} as const satisfies Readonly<Record<string, MetricDescription>>;

/** Read from the bound manager's health when the registry is scraped; so what is lost is gone from the next scrape on. */
export const GAUGES = {
  running: gauge('1 while the consumer runs; 0 before, after, and when it has failed.'),
  lag_records: gauge(
    'Offsets from the committed one to the last stable one (to the high watermark under read_uncommitted).',
    'topic',
    'partition',
  ),
  committed_offset: gauge('Offset that the coordinator last acknowledged.', 'topic', 'partition'),
  open_records: gauge('Records that were accepted and are not done.', 'topic', 'partition'),
  queued_records: gauge('Records that wait in memory.', 'topic', 'partition'),
  retrying_records: gauge('Records that wait for their next delivery after a skip or a failure.', 'topic', 'partition'),
  running_calls: gauge('Handler calls that run.', 'topic', 'partition'),
  oldest_open_age_seconds: gauge('Time since the lowest open record was accepted; 0 when none is open.', 'topic', 'partition'),
  retention_headroom_seconds: gauge(
    'Time until the brokers may remove the oldest open record by its age, at the least; no series where nothing is left to do or age removes nothing.',
    'topic',
    'partition',
  ),
  partition_paused: gauge('1 while fetching of the partition is paused.', 'topic', 'partition'),
  partition_halted: gauge('1 while the partition is halted.', 'topic', 'partition'),
  halted_lanes: gauge('Lanes that are halted until somebody decides; counted up to 100.', 'topic', 'partition'),
  event_loop_delay_seconds: { ...gauge('Delay of the event loop since the last scrape.', 'quantile'), aggregator: 'max' },
} as const satisfies Readonly<Record<string, MetricDescription>>;

export type CounterName = keyof typeof COUNTERS;
export type HistogramName = keyof typeof HISTOGRAMS;
export type GaugeName = keyof typeof GAUGES;
