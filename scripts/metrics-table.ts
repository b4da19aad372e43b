import { COUNTERS, GAUGES, HISTOGRAMS } from '../src/metrics/catalogue.ts';
import type { MetricDescription } from '../src/metrics/catalogue.ts';

/** The documentation's table of all metrics, in Markdown, without their prefix. */
export function metricsTable(): string {
  const all: Readonly<Record<string, MetricDescription>> = { ...COUNTERS, ...HISTOGRAMS, ...GAUGES };
  const rows = Object.entries(all).map(([name, { type, labels, help }]) => {
    const shown = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${shown === '' ? '–' : shown} | ${help} |`;
  });
  return ['| Metric | Type | Labels | Meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
