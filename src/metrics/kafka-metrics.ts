import type { Clock } from '../clock.ts';
import { KafkaError } from '../errors.ts';
import type { Observer } from '../observation.ts';
import { showValue } from '../show-value.ts';
import { systemClock } from '../system-clock.ts';
import { unknownNames } from '../unknown-names.ts';
import { COUNTERS, GAUGES, HISTOGRAMS } from './catalogue.ts';
import type { CounterName, GaugeName, HistogramName } from './catalogue.ts';
import { eventLoopDelay } from './event-loop-delay.ts';
import type { EventLoopDelay } from './event-loop-delay.ts';
import { CounterFamily, GaugeFamily, HistogramFamily } from './families.ts';
import { HealthGauges } from './health-gauges.ts';
import type { MeteredManager } from './health-gauges.ts';
import { ObservationMeter } from './observation-meter.ts';
import type { MetricRegistry, RegisteredMetric } from './registry.ts';

const NAMES = ['registry', 'client', 'prefix', 'maxReasons', 'handlerBuckets', 'eventLoopDelay', 'clock'];
const DEFAULT_PREFIX = 'kafka_rehearsal_';
const PREFIX = /^[a-zA-Z_][a-zA-Z0-9_]{0,99}$/;
const DEFAULT_MAX_REASONS = 50;
const MOST_REASONS = 1_000;
/** Seconds. Durations are counted in whole milliseconds, so nothing below one can be told apart. */
const HANDLER_BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const COMMIT_BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const MOST_BUCKETS = 50;

/** Where the metrics are registered, and what they are called. One of `registry` and `client` is needed. */
export interface KafkaMetricsOptions {
  /** A registry of prom-client 15. */
  readonly registry?: MetricRegistry;
  /** prom-client itself: its default registry is taken. */
  readonly client?: { readonly register: MetricRegistry };
  /** Before every name: letters, digits and `_`. Default `kafka_rehearsal_`. */
  readonly prefix?: string;
  /** Distinct reasons (and names of errors) for each topic that become label values, 1 to 1,000; later ones count as `other`. Default 50. */
  readonly maxReasons?: number;
  /** Upper bounds of the handler time's buckets in seconds, ascending, at most 50. Default 1 ms to 60 s. */
  readonly handlerBuckets?: readonly number[];
  /** Whether the event loop's delay is measured too. Default true. */
  readonly eventLoopDelay?: boolean;
  /** For the age of open records. Default: the system's, as the manager's. */
  readonly clock?: Clock;
}

/** Metrics of one consumer group in this process. */
export interface KafkaMetrics {
  /** Give it to the manager: `new KafkaManager(config, { observers: [metrics.observer] })`. */
  readonly observer: Observer;
  /** Reads the gauges from this manager when the registry is scraped; one at a time, the last one bound. Returns what unbinds it. */
  bind(manager: MeteredManager): () => void;
  /** Removes the metrics from the registry and stops measuring. */
  close(): void;
}

/**
 * Registers the metrics. Counting touches plain numbers only; prom-client sees them when somebody scrapes. Several groups in
 * one process have metrics each, with a registry or a prefix of their own. Throws CONFIG_INVALID.
 */
export function kafkaMetrics(options: KafkaMetricsOptions): KafkaMetrics {
  const { prefix, maxReasons, handlerBuckets, registry } = checked(options);
  const counters = families(COUNTERS, (name, description) => new CounterFamily(prefix + name, description));
  const histograms = families(
    HISTOGRAMS,
    (name, description) =>
      new HistogramFamily(prefix + name, description, name === 'handler_duration_seconds' ? handlerBuckets : COMMIT_BUCKETS),
  );
  const meter = new ObservationMeter(counters, histograms, maxReasons);
  const health = new HealthGauges(options.clock ?? systemClock, meter);
  let delay: EventLoopDelay | null = null;
  const gauges = families(
    GAUGES,
    (name, description) =>
      new GaugeFamily(prefix + name, description, () => (name === 'event_loop_delay_seconds' ? (delay?.take() ?? []) : health.read(name))),
  );
  const names = register(registry, [...Object.values(counters), ...Object.values(histograms), ...Object.values(gauges)], prefix);
  if (options.eventLoopDelay !== false) delay = eventLoopDelay();
  return {
    observer: (observation) => meter.observe(observation),
    bind: (manager) => health.bind(manager),
    close: () => {
      delay?.close();
      for (const name of names) registry.removeSingleMetric(name);
    },
  };
}

function families<Name extends CounterName | HistogramName | GaugeName, Description, Family>(
  catalogue: Readonly<Record<Name, Description>>,
  make: (name: Name, description: Description) => Family,
): Readonly<Record<Name, Family>> {
  const made = Object.entries(catalogue).map(([name, description]) => [name, make(name as Name, description as Description)]);
  return Object.fromEntries(made) as Record<Name, Family>;
}

/** All of them or none. */
function register(
  registry: MetricRegistry,
  metrics: readonly (RegisteredMetric & { readonly name: string })[],
  prefix: string,
): readonly string[] {
  const names = metrics.map(({ name }) => name);
  const taken = names.find((name) => registry.getSingleMetric(name) !== undefined);
  if (taken !== undefined) {
    throw new KafkaError(
      'CONFIG_INVALID',
      `kafkaMetrics: the registry has a metric ${taken} already. Metrics of a second consumer group need a registry or a prefix of their own; this prefix is "${prefix}".`,
    );
  }
  for (const metric of metrics) registry.registerMetric(metric);
  return names;
}

function checked(options: KafkaMetricsOptions): {
  readonly registry: MetricRegistry;
  readonly prefix: string;
  readonly maxReasons: number;
  readonly handlerBuckets: readonly number[];
} {
  if (typeof options !== 'object' || options === null)
    throw new KafkaError('CONFIG_INVALID', `kafkaMetrics: the options are ${showValue(options)}, expected { registry } or { client }.`);
  const unknown = unknownNames(options, NAMES, '');
  if (unknown.length > 0) throw new KafkaError('CONFIG_INVALID', `kafkaMetrics: ${unknown.join('; ')}.`);
  const { prefix = DEFAULT_PREFIX, maxReasons = DEFAULT_MAX_REASONS, handlerBuckets = HANDLER_BUCKETS } = options;
  const registry = options.registry ?? options.client?.register;
  if (typeof registry?.registerMetric !== 'function') {
    throw invalid('registry', typeof registry, 'a Registry of prom-client 15, or prom-client itself as `client`');
  }
  if (typeof prefix !== 'string' || !PREFIX.test(prefix))
    throw invalid('prefix', JSON.stringify(prefix), '1 to 100 letters, digits and "_", no digit first');
  if (!Number.isInteger(maxReasons) || maxReasons < 1 || maxReasons > MOST_REASONS)
    throw invalid('maxReasons', String(maxReasons), `an integer from 1 to ${MOST_REASONS}`);
  const isAscending = handlerBuckets.every((bound, index) => Number.isFinite(bound) && bound > (handlerBuckets[index - 1] ?? 0));
  if (handlerBuckets.length === 0 || handlerBuckets.length > MOST_BUCKETS || !isAscending)
    throw invalid('handlerBuckets', JSON.stringify(handlerBuckets), `1 to ${MOST_BUCKETS} ascending numbers of seconds above 0`);
  return { registry, prefix, maxReasons, handlerBuckets };
}

function invalid(option: string, given: string, expected: string): KafkaError {
  return new KafkaError('CONFIG_INVALID', `kafkaMetrics: ${option} is ${given}, expected ${expected}.`);
}
