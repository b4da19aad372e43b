/** Everything that needs a real Kafka. Ours and kafkajs alone take turns, so that a slow minute of the machine hits both. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import type { RealKafka } from '../testing/kafka/real-kafka.ts';
import { measureInChild } from './child.ts';
import type { Consumption, ConsumptionFigures } from './program/consumption.ts';
import { median, rounded } from './result.ts';
import type { BenchResult } from './result.ts';

const CONSUME_AIM = 0.95;
const SENDS_AIM = 10;
const RECORDS_PER_SEND = 5_000;
const RECORD_BYTES = 100;

export interface KafkaBenchOptions {
  readonly records: number;
  readonly repetitions: number;
  readonly progress: (line: string) => void;
}

const program = (name: string): string => join(import.meta.dirname, 'program', name);

/** Reading a topic from its start to its end: the runtime beside kafkajs's eachBatch with a commit per batch. */
export async function benchConsuming(kafka: RealKafka, partitions: number, options: KafkaBenchOptions): Promise<readonly BenchResult[]> {
  const { records, repetitions, progress } = options;
  const topic = `bench-consume-${partitions}-${randomUUID()}`;
  await fill(kafka, topic, partitions, records, progress);
  const figures: Record<'raw' | 'runtime', ConsumptionFigures[]> = { raw: [], runtime: [] };
  for (let repetition = 0; repetition < repetitions; repetition++) {
    // The one that goes first warms the broker's page cache for the other.
    const order = repetition % 2 === 0 ? (['raw', 'runtime'] as const) : (['runtime', 'raw'] as const);
    for (const side of order) {
      const task: Consumption = { brokers: kafka.brokers, topic, groupId: `${topic}-${side}-${repetition}`, records };
      const measured = await measureInChild<ConsumptionFigures>(program(`consume-${side}.ts`), task);
      figures[side].push(measured);
      const { recordsPerSecond, cpuSeconds, peakMegabytes } = measured;
      progress(
        `${partitions} partition(s), ${side}: ${Math.round(recordsPerSecond)}/s, ${cpuSeconds.toFixed(1)} CPU s, ${Math.round(peakMegabytes)} MB`,
      );
    }
  }
  const name = `runtime on Kafka, ${records} × ${RECORD_BYTES} B, ${partitions === 1 ? '1 partition' : `${partitions} partitions`}`;
  const column = (side: 'raw' | 'runtime', pick: keyof ConsumptionFigures): number[] => figures[side].map((figure) => figure[pick]);
  return [
    compared({
      name,
      unit: 'records/s',
      samples: column('runtime', 'recordsPerSecond'),
      baselines: column('raw', 'recordsPerSecond'),
      aim: { text: `at least ${CONSUME_AIM} of kafkajs eachBatch`, ratio: CONSUME_AIM },
    }),
    compared({ name: `${name}: CPU`, unit: 'CPU s', samples: column('runtime', 'cpuSeconds'), baselines: column('raw', 'cpuSeconds') }),
    compared({
      name: `${name}: peak memory`,
      unit: 'MB',
      samples: column('runtime', 'peakMegabytes'),
      baselines: column('raw', 'peakMegabytes'),
    }),
  ];
}

/** 1,000 sends of one record each in flight at once. */
export async function benchSingleSends(kafka: RealKafka, options: KafkaBenchOptions): Promise<readonly BenchResult[]> {
  const { repetitions, progress } = options;
  const topic = `bench-sends-${randomUUID()}`;
  await createTopic(kafka, topic, 1);
  const figures: Record<'raw' | 'runtime', number[]> = { raw: [], runtime: [] };
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const client of ['raw', 'runtime'] as const) {
      const task = { client, brokers: kafka.brokers, topic, concurrent: 1000, rounds: client === 'raw' ? 10 : 100 };
      const { recordsPerSecond } = await measureInChild<{ recordsPerSecond: number }>(program('single-sends.ts'), task);
      figures[client].push(recordsPerSecond);
      progress(`1,000 single sends, ${client}: ${Math.round(recordsPerSecond)}/s`);
    }
  }
  return [
    compared({
      name: '1,000 concurrent single sends',
      unit: 'records/s',
      samples: figures.runtime,
      baselines: figures.raw,
      aim: { text: `at least ${SENDS_AIM} times kafkajs`, ratio: SENDS_AIM },
    }),
  ];
}

interface Comparison {
  readonly name: string;
  readonly unit: string;
  readonly samples: readonly number[];
  readonly baselines: readonly number[];
  readonly aim?: { readonly text: string; readonly ratio: number };
}

function compared({ name, unit, samples, baselines, aim }: Comparison): BenchResult {
  const value = median(samples);
  const baseline = median(baselines);
  const ratio = value / baseline;
  return {
    name,
    value: rounded(value),
    unit,
    baseline: rounded(baseline),
    ratio: rounded(ratio),
    ...(aim === undefined ? {} : { aim: { text: aim.text, reached: ratio >= aim.ratio } }),
    samples: samples.map(rounded),
  };
}

function clientOf(kafka: RealKafka): kafkajs.Kafka {
  return new kafkajs.Kafka({ clientId: 'bench', brokers: [...kafka.brokers], logLevel: kafkajs.logLevel.NOTHING });
}

async function createTopic(kafka: RealKafka, topic: string, partitions: number): Promise<void> {
  const admin = clientOf(kafka).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }], waitForLeaders: true });
  await admin.disconnect();
}

async function fill(kafka: RealKafka, topic: string, partitions: number, records: number, progress: (line: string) => void): Promise<void> {
  await createTopic(kafka, topic, partitions);
  const producer = clientOf(kafka).producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  const value = Buffer.alloc(RECORD_BYTES, 'x');
  for (let sent = 0, turn = 0; sent < records; turn++) {
    const size = Math.min(RECORDS_PER_SEND, records - sent);
    const messages = Array.from({ length: size }, () => ({ value, partition: turn % partitions }));
    await producer.send({ topic, acks: -1, messages });
    sent += size;
  }
  await producer.disconnect();
  progress(`filled ${topic}: ${records} records`);
}
