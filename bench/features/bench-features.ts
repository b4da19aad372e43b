/** What each optional feature costs: the runtime with it beside the runtime without it, in turns, on real Kafka. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { markdownTable } from '../document.ts';
import type { Contender } from '../peers/contender.ts';
import { measureContender } from '../peers/measure-contender.ts';
import type { MeasuredPeer } from '../peers/measure-contender.ts';
import { median, rounded } from '../result.ts';
import type { BenchResult } from '../result.ts';
import { FEATURE_PAIRS } from './features.ts';
import type { Feature } from './features.ts';

const RECORDS_PER_SEND = 5_000;
const PROGRAM = join(import.meta.dirname, '../program/feature-cost.ts');

export interface FeatureBenchOptions {
  readonly records: number;
  readonly repetitions: number;
  readonly progress: (line: string) => void;
}

export async function benchFeatures(brokers: readonly string[], options: FeatureBenchOptions): Promise<readonly BenchResult[]> {
  const { records, repetitions, progress } = options;
  const topic = `bench-features-${randomUUID()}`;
  await fillWithOrders(brokers, topic, records);
  const samples = new Map<Feature, MeasuredPeer[]>();
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const pair of FEATURE_PAIRS) {
      // The one that goes first warms the broker's page cache for the other.
      for (const feature of repetition % 2 === 0 ? [pair.with, pair.without] : [pair.without, pair.with]) {
        const task = { brokers, topic, records, partitions: 1, ordering: 'partition', concurrency: 1, work: false } as const;
        const measured = await measureContender(contenderOf(feature), {
          ...task,
          groupId: `${topic}-${randomUUID()}`,
          settings: { feature },
        });
        samples.set(feature, [...(samples.get(feature) ?? []), measured]);
        progress(`${feature}: ${measured.committedSeconds.toFixed(2)} s, ${measured.cpuSeconds?.toFixed(2) ?? '?'} CPU s`);
      }
    }
  }
  return FEATURE_PAIRS.flatMap((pair) => {
    const column = (feature: Feature, pick: (each: MeasuredPeer) => number): readonly number[] => (samples.get(feature) ?? []).map(pick);
    return [
      compared(
        `${pair.name}: records a second`,
        'records/s',
        (feature) => column(feature, (each) => records / each.committedSeconds),
        pair,
      ),
      compared(`${pair.name}: CPU`, 'CPU s', (feature) => column(feature, (each) => each.cpuSeconds ?? Number.NaN), pair),
    ];
  });
}

function compared(
  name: string,
  unit: string,
  of: (feature: Feature) => readonly number[],
  pair: { readonly with: Feature; readonly without: Feature },
): BenchResult {
  const [value, baseline] = [median(of(pair.with)), median(of(pair.without))];
  return {
    name,
    unit,
    value: rounded(value),
    baseline: rounded(baseline),
    ratio: rounded(value / baseline),
    samples: of(pair.with).map(rounded),
  };
}

export function featureDocument(results: readonly BenchResult[], records: number): string {
  const rows = results.map(({ name, value, baseline, ratio, unit }) => [
    name,
    `${value.toLocaleString('en-US')} ${unit}`,
    `${baseline?.toLocaleString('en-US')} ${unit}`,
    String(ratio),
  ]);
  return `${records.toLocaleString('en-US')} records of 100 bytes of JSON, one partition, a handler with nothing to do; medians.\n\n${markdownTable(
    ['feature', 'with', 'without', 'ratio'],
    rows,
  )}`;
}

function contenderOf(feature: Feature): Contender {
  return {
    name: feature,
    version: '',
    orderings: ['partition'],
    command: (task) => ({ file: process.execPath, arguments: [PROGRAM, JSON.stringify(task)] }),
  };
}

/** A hundred bytes each. */
async function fillWithOrders(brokers: readonly string[], topic: string, records: number): Promise<void> {
  const client = new kafkajs.Kafka({ clientId: 'bench', brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING });
  const admin = client.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1, replicationFactor: 1 }], waitForLeaders: true });
  await admin.disconnect();
  const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  for (let sent = 0; sent < records; sent += RECORDS_PER_SEND) {
    const messages = Array.from({ length: Math.min(RECORDS_PER_SEND, records - sent) }, (_, each) => {
      const id = 1_000_000 + sent + each;
      const order = JSON.stringify({ id, customer: `customer-${id % 1_000}`, amount: id % 97, note: '' });
      return { value: order.replace('"note":""', `"note":"${'x'.repeat(Math.max(0, 100 - order.length))}"`) };
    });
    await producer.send({ topic, acks: -1, messages });
  }
  await producer.disconnect();
}
