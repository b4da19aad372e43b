/**
 * The small part of prom-client 15 that we use, as structural types: nothing of it is imported, so whichever copy the
 * application has is the one that serves our metrics.
 */
export interface MetricRegistry {
  registerMetric(metric: RegisteredMetric): void;
  getSingleMetric(name: string): unknown;
  removeSingleMetric(name: string): void;
}

/** What a registry asks of a metric when it is scraped. */
export interface RegisteredMetric {
  get(): Promise<unknown>;
}

export type MetricType = 'counter' | 'gauge' | 'histogram';

/** One line of the exposition. */
export interface MetricValue {
  readonly value: number;
  readonly labels: Record<string, string | number>;
  readonly metricName?: string;
}
