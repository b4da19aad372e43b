import type { Cell, CounterFamily, Distribution, HistogramFamily } from './families.ts';
import type { CounterName, HistogramName } from './catalogue.ts';
import { LabelBound } from './label-bound.ts';

export type Counters = Readonly<Record<CounterName, CounterFamily>>;
export type Histograms = Readonly<Record<HistogramName, HistogramFamily>>;

/** Reasons of our own, which always have their label. */
const OWN_REASONS = ['', 'decode-failed', 'schema-mismatch', 'tombstone', 'retries-exhausted', 'skips-exhausted', 'sent-by-hand'];

/** The series of one topic that every record touches, looked up once; and the bounds of its labels. */
export class TopicMeter {
  readonly delivered: Cell;
  readonly received: Cell;
  readonly consumed: Cell;
  readonly retried: Cell;
  readonly answered: Distribution;
  readonly failed: Distribution;
  readonly errors: LabelBound;
  readonly reasons: LabelBound;

  /** Series whose labels are known beforehand begin at 0, so that the first event already is an increase. */
  constructor(topic: string, counters: Counters, histograms: Histograms, maxReasons: number) {
    this.delivered = counters.deliveries_total.cell(topic);
    this.received = counters.records_received_total.cell(topic);
    this.consumed = counters.records_total.cell(topic, 'consume', '');
    this.retried = counters.retries_total.cell(topic);
    this.answered = histograms.handler_duration_seconds.distribution(topic, 'answered');
    this.failed = histograms.handler_duration_seconds.distribution(topic, 'failed');
    this.errors = new LabelBound(maxReasons);
    this.reasons = new LabelBound(maxReasons, OWN_REASONS);
    for (const outcome of ['sent', 'acknowledged', 'failed']) counters.dead_letters_total.cell(topic, outcome);
    for (const change of ['assigned', 'revoked', 'lost']) counters.partition_changes_total.cell(topic, change);
    counters.commits_total.cell(topic, 'acknowledged', '');
    for (const name of ['already_done_total', 'overlaps_total', 'stale_results_total', 'removed_by_retention_total'] as const)
      counters[name].cell(topic);
  }
}
