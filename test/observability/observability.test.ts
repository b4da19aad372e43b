import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { COUNTERS, GAUGES, HISTOGRAMS } from '../../src/metrics/catalogue.ts';
import type { MetricDescription } from '../../src/metrics/catalogue.ts';
import { kafkaMetrics } from '../../src/metrics/index.ts';
import { parsePromql } from './promql.ts';

const directory = join(import.meta.dirname, '../../observability');
const PREFIX = 'kafka_rehearsal_';
/** What Prometheus adds to every series when it scrapes. */
const SCRAPED = ['job', 'instance'];

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}
interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string | { readonly query: string } }[] };
}
interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const dashboard = JSON.parse(await readFile(join(directory, 'grafana-dashboard.json'), 'utf8')) as Dashboard;
const alerts = parse(await readFile(join(directory, 'prometheus-alerts.yaml'), 'utf8')) as {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
};
const rules = alerts.groups.flatMap(({ rules: each }) => each);

/** Every series that there is, and its labels. */
const known = new Map<string, readonly string[]>();
for (const [name, { type, labels }] of Object.entries<MetricDescription>({ ...COUNTERS, ...HISTOGRAMS, ...GAUGES })) {
  if (type !== 'histogram') known.set(PREFIX + name, labels);
  else
    for (const [suffix, more] of [
      ['_bucket', ['le']],
      ['_sum', []],
      ['_count', []],
    ] as const)
      known.set(PREFIX + name + suffix, [...labels, ...more]);
}

/** Grafana's variables, as it fills them in. */
function filledIn(expression: string): string {
  return expression.replaceAll('$__rate_interval', '5m').replaceAll(/"\$\w+"/g, '".*"');
}

/** Names and labels that do not exist. */
function mistakesOf(expression: string): readonly string[] {
  const { metrics, grouping } = parsePromql(filledIn(expression));
  const mistakes: string[] = [];
  for (const { name, labels } of metrics) {
    const own = known.get(name);
    if (own === undefined) mistakes.push(`there is no ${name}`);
    else
      for (const label of [...labels, ...grouping])
        if (![...own, ...SCRAPED].includes(label)) mistakes.push(`${name} has no label ${label}`);
  }
  return metrics.length === 0 ? ['it asks for no metric'] : mistakes;
}

test('the catalogue is what is registered', async () => {
  const registry = new Registry();
  kafkaMetrics({ registry }).close();
  kafkaMetrics({ registry, eventLoopDelay: false });
  const registered = (await registry.getMetricsAsJSON()).map(({ name, type }) => [name, String(type)]);
  const catalogued = Object.entries<MetricDescription>({ ...COUNTERS, ...HISTOGRAMS, ...GAUGES }).map(([name, { type }]) => [
    PREFIX + name,
    type,
  ]);
  expect(registered).toEqual(catalogued);
});

describe('the checks find what is wrong', () => {
  test.for<[string, string]>([
    ['sum(kafka_rehearsal_lags_records)', 'there is no kafka_rehearsal_lags_records'],
    ['sum by (partition) (kafka_rehearsal_retries_total)', 'kafka_rehearsal_retries_total has no label partition'],
    ['kafka_rehearsal_records_total{outcome="x"}', 'kafka_rehearsal_records_total has no label outcome'],
    ['1 + 1', 'it asks for no metric'],
  ])('%s', ([expression, mistake]) => {
    expect(mistakesOf(expression)).toEqual([mistake]);
  });

  test('what is no PromQL', () => {
    expect(() => mistakesOf('sum by (')).toThrow(SyntaxError);
  });
});

describe('Grafana dashboard', () => {
  const charts = dashboard.panels.filter(({ type }) => type !== 'row');

  test.for(charts.map((panel) => [panel.title, panel] as const))('%s: metrics, labels, legend', ([, { targets = [] }]) => {
    expect(targets.length).toBeGreaterThan(0);
    for (const { expr, legendFormat } of targets) {
      expect(mistakesOf(expr)).toEqual([]);
      // A label in the legend that the aggregation drops would show nothing.
      const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
      const { grouping } = parsePromql(filledIn(expr));
      expect(grouping).toEqual(expect.arrayContaining(shown));
    }
  });

  test('every metric has a panel', () => {
    const shown = new Set(
      charts.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => parsePromql(filledIn(expr)).metrics.map(({ name }) => name))),
    );
    const shownIn = (name: string): boolean => [name, `${name}_bucket`].some((series) => shown.has(series));
    const all = [...Object.keys(COUNTERS), ...Object.keys(HISTOGRAMS), ...Object.keys(GAUGES)];
    expect(all.filter((name) => !shownIn(PREFIX + name))).toEqual([]);
  });

  test('its variables ask for what there is', () => {
    const queries = dashboard.templating.list.flatMap(({ query }) => (typeof query === 'string' ? [] : [query.query]));
    expect(queries).toHaveLength(2);
    for (const query of queries) {
      const [, expression = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? [];
      expect(mistakesOf(expression)).toEqual([]);
      const [metric] = parsePromql(filledIn(expression)).metrics;
      expect([...(known.get(metric?.name ?? '') ?? []), ...SCRAPED]).toContain(label);
    }
  });

  test('panels have ids of their own and do not lie upon each other', () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    const taken = new Set<string>();
    for (const { title, gridPos } of dashboard.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x},${y}`), `${title} at ${x},${y}`).toBe(false);
          taken.add(`${x},${y}`);
        }
      }
    }
  });
});

describe('Prometheus alerts', () => {
  test.for(rules.map((rule) => [rule.alert, rule] as const))('%s: metrics, labels, words', ([, { expr, labels, annotations }]) => {
    expect(mistakesOf(expr)).toEqual([]);
    expect(['warning', 'critical']).toContain(labels['severity']);
    expect(Object.keys(annotations)).toEqual(['summary', 'description']);
    const { metrics, grouping } = parsePromql(expr);
    // Without an aggregation the series has all of its own.
    const there = grouping.length > 0 ? grouping : [...(known.get(metrics[0]?.name ?? '') ?? []), ...SCRAPED];
    const told = Object.values(annotations).flatMap((text) => [...text.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label));
    expect(there).toEqual(expect.arrayContaining(told));
  });

  test('what the issue asks for is watched', () => {
    const watched = rules.map(({ alert }) => alert);
    expect(new Set(watched).size).toBe(watched.length);
    expect(watched).toEqual(
      expect.arrayContaining([
        'KafkaLaneHalted',
        'KafkaLagGrowing',
        'KafkaRetentionNear',
        'KafkaNoCommit',
        'KafkaRebalanceStorm',
        'KafkaDeadLetters',
        'KafkaEventLoopDelay',
      ]),
    );
  });
});
