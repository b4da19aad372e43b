/** From a producer's `send` to the handler, at a rate that keeps nobody busy. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { measureInChild } from '../child.ts';
import { markdownTable } from '../document.ts';
import { fillTopic } from '../peers/records.ts';
import { median } from '../result.ts';

const RECORDS_PER_SECOND = 1_000;
const RECORDS = 20_000;
const WARM_UP = 3_000;
const LIMIT_MS = 120_000;
const program = (name: string): string => join(import.meta.dirname, '../program', name);

export type LatencyClient = 'ours' | 'eachMessage' | 'eachBatch';
const CLIENTS: readonly (readonly [LatencyClient, string])[] = [
  ['ours', '**kafka-rehearsal**'],
  ['eachMessage', 'kafkajs eachMessage'],
  ['eachBatch', 'kafkajs eachBatch'],
];

/** What the consuming program is told. */
export interface LatencyTask {
  readonly client: LatencyClient;
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly groupId: string;
  readonly records: number;
  /** The first so many are not counted. */
  readonly warmUp: number;
}

/** Milliseconds. */
export interface LatencyFigures {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export interface LatencyResult {
  readonly name: string;
  readonly samples: readonly LatencyFigures[];
}

export async function benchLatency(
  brokers: readonly string[],
  options: { readonly repetitions: number; readonly progress: (line: string) => void },
): Promise<readonly LatencyResult[]> {
  const results = CLIENTS.map(([client, name]) => ({ client, name, samples: [] as LatencyFigures[] }));
  for (let repetition = 0; repetition < options.repetitions; repetition++) {
    for (const { client, name, samples } of results) {
      const figures = await measure(brokers, client);
      samples.push(figures);
      options.progress(`latency, ${name}: p50 ${figures.p50.toFixed(2)} ms, p99 ${figures.p99.toFixed(2)} ms`);
    }
  }
  return results;
}

async function measure(brokers: readonly string[], client: LatencyClient): Promise<LatencyFigures> {
  const topic = `bench-latency-${randomUUID()}`;
  await fillTopic(brokers, topic, 1, 0);
  const task: LatencyTask = { client, brokers, topic, groupId: topic, records: RECORDS, warmUp: WARM_UP };
  const child = spawn(process.execPath, [program('latency-consumer.ts'), JSON.stringify(task)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  });
  const limit = new AbortController();
  try {
    const overtime = delay(LIMIT_MS, undefined, { signal: limit.signal }).then(() => {
      throw new Error(`${client} was not done after ${LIMIT_MS / 1000} s`);
    });
    overtime.catch(() => undefined); // aborted when the figures are there
    return await Promise.race([figuresOf(), overtime]);
  } finally {
    limit.abort();
    child.kill('SIGKILL');
  }

  async function figuresOf(): Promise<LatencyFigures> {
    let writing: Promise<unknown> | null = null;
    for await (const line of createInterface({ input: child.stdout })) {
      const said = JSON.parse(line) as { readonly ready?: true } | LatencyFigures;
      if ('p50' in said) {
        await writing;
        return said;
      }
      writing ??= measureInChild(program('latency-producer.ts'), {
        brokers,
        topic,
        records: RECORDS,
        recordsPerSecond: RECORDS_PER_SECOND,
      });
    }
    throw new Error(`${client} ended before it had seen ${RECORDS} records`);
  }
}

export function latencyDocument(results: readonly LatencyResult[]): string {
  const rows = results.map(({ name, samples }) => [
    name,
    ...(['p50', 'p99', 'p999', 'max'] as const).map((figure) => median(samples.map((sample) => sample[figure])).toFixed(2)),
  ]);
  return (
    `From a producer's \`send\` (kafkajs, acks all, one record each) to the handler, milliseconds, at ${RECORDS_PER_SECOND.toLocaleString('en-US')} records a second; ` +
    `${(RECORDS - WARM_UP).toLocaleString('en-US')} records after a warm-up, medians of ${results[0]?.samples.length ?? 0} runs.\n\n` +
    markdownTable(['', 'p50', 'p99', 'p99.9', 'longest'], rows)
  );
}
