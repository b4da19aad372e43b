import type { Registry } from 'prom-client';

/** What Prometheus would read: by metric and labels (in alphabetical order), such as `records_total{action="consume",topic="t"}`. */
export async function scrape(registry: Registry, prefix = 'kafka_rehearsal_'): Promise<ReadonlyMap<string, number>> {
  const series = new Map<string, number>();
  for (const line of (await registry.metrics()).split('\n')) {
    const match = /^(\w+?)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (match === null) continue;
    const [, name = '', labels = '', value = ''] = match;
    const sorted = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([label]) => label).filter((label) => !label.endsWith('=""'));
    const key = `${name.replace(prefix, '')}${sorted.length === 0 ? '' : `{${sorted.toSorted().join(',')}}`}`;
    if (series.has(key)) throw new Error(`${key} is there twice`);
    series.set(key, Number(value));
  }
  return series;
}
