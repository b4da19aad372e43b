import type { MetricDescription } from './catalogue.ts';
import type { MetricType, MetricValue, RegisteredMetric } from './registry.ts';

/** One series of a counter. Whoever counts often keeps it. */
export interface Cell {
  value: number;
}

/** A metric as prom-client's registry knows it. `name` may be changed by it: OpenMetrics has counters without their `_total`. */
abstract class Family implements RegisteredMetric {
  name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly aggregator: 'sum' | 'max';
  readonly labelNames: readonly string[];

  constructor(name: string, { help, type, labels, aggregator = 'sum' }: MetricDescription) {
    this.name = name;
    this.help = help;
    this.type = type;
    this.aggregator = aggregator;
    this.labelNames = labels;
  }

  /** Called by the registry at every scrape. */
  async get(): Promise<unknown> {
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values: this.values() };
  }

  /** Called by the registry's `resetMetrics`. */
  abstract reset(): void;

  protected abstract values(): MetricValue[];

  protected labelsOf(values: readonly string[]): Record<string, string> {
    const labels: Record<string, string> = {};
    for (const [index, name] of this.labelNames.entries()) labels[name] = values[index] ?? '';
    return labels;
  }
}

/** A counter: plain numbers that are read when somebody scrapes. Series are never removed; their labels are bounded. */
export class CounterFamily extends Family {
  readonly #cells = new Map<string, Cell & { readonly labels: Record<string, string> }>();

  /** The series with these values of its labels, in the catalogue's order. */
  cell(...values: string[]): Cell {
    const key = values.join('\u0000');
    let cell = this.#cells.get(key);
    if (cell === undefined) this.#cells.set(key, (cell = { value: 0, labels: this.labelsOf(values) }));
    return cell;
  }

  add(count: number, ...values: string[]): void {
    this.cell(...values).value += count;
  }

  reset(): void {
    for (const cell of this.#cells.values()) cell.value = 0;
  }

  protected values(): MetricValue[] {
    return [...this.#cells.values()].map(({ value, labels }) => ({ value, labels: { ...labels } }));
  }
}

/** One series of a histogram: how many values each bucket has, and the sum of all. */
export class Distribution {
  readonly labels: Record<string, string>;
  readonly counts: number[];
  sum = 0;
  readonly #bounds: readonly number[];

  constructor(bounds: readonly number[], labels: Record<string, string>) {
    this.#bounds = bounds;
    this.labels = labels;
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++;
    (this.counts[bucket] as number)++;
    this.sum += value;
  }

  clear(): void {
    this.counts.fill(0);
    this.sum = 0;
  }
}

/** A histogram with bounds in ascending order. */
export class HistogramFamily extends Family {
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, Distribution>();

  constructor(name: string, description: MetricDescription, bounds: readonly number[]) {
    super(name, description);
    this.#bounds = bounds;
  }

  distribution(...values: string[]): Distribution {
    const key = values.join('\u0000');
    let series = this.#series.get(key);
    if (series === undefined) this.#series.set(key, (series = new Distribution(this.#bounds, this.labelsOf(values))));
    return series;
  }

  reset(): void {
    for (const series of this.#series.values()) series.clear();
  }

  protected values(): MetricValue[] {
    return [...this.#series.values()].flatMap(({ labels, counts, sum }) => {
      let count = 0;
      const buckets = counts.map((inBucket, index): MetricValue => {
        count += inBucket;
        return { metricName: `${this.name}_bucket`, labels: { le: this.#bounds[index] ?? '+Inf', ...labels }, value: count };
      });
      return [
        ...buckets,
        { metricName: `${this.name}_sum`, labels: { ...labels }, value: sum },
        { metricName: `${this.name}_count`, labels: { ...labels }, value: count },
      ];
    });
  }
}

/** A gauge that is read when somebody scrapes, and holds nothing. */
export class GaugeFamily extends Family {
  readonly #read: () => Iterable<readonly [value: number, ...labels: string[]]>;

  constructor(name: string, description: MetricDescription, read: () => Iterable<readonly [value: number, ...labels: string[]]>) {
    super(name, description);
    this.#read = read;
  }

  reset(): void {}

  protected values(): MetricValue[] {
    return Array.from(this.#read(), ([value, ...labels]) => ({ value, labels: this.labelsOf(labels) }));
  }
}
