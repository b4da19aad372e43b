/** `kafka-rehearsal/metrics`: metrics for prom-client, which the application passes in. */
export { kafkaMetrics } from './kafka-metrics.ts';
export type { KafkaMetrics, KafkaMetricsOptions } from './kafka-metrics.ts';
export type { MeteredManager } from './health-gauges.ts';
export type { MetricRegistry, RegisteredMetric } from './registry.ts';
