/** What needs no broker: start-up and the in-memory path. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { measureInChild } from './child.ts';
import { median, rounded } from './result.ts';
import type { BenchResult } from './result.ts';

/** Records that are done above one that stays open. */
const ABOVE_ONE_OPEN = 500_000;

const MEMORY_AIM = 1_000_000;
const FIRST_COMMIT_AIM_MS = 50;
const CHECKED_EVENTS = 1_000_000;
const CHECKER_AIM_S = 2;

export interface LocalBenchOptions {
  readonly records: number;
  readonly repetitions: number;
  readonly progress: (line: string) => void;
}

const program = (name: string): string => join(import.meta.dirname, 'program', name);

/** The whole in-memory path: stage, memory client, broker core, runtime, observations. */
export async function benchMemory(partitions: number, options: LocalBenchOptions): Promise<BenchResult> {
  const name = `runtime on memory (stage, client, broker core, observations), ${size(options.records, partitions)}`;
  const { value, ...rest } = await throughput(name, 'memory-throughput.ts', { records: options.records, partitions }, options);
  return { ...rest, value, aim: { text: `${MEMORY_AIM} records/s`, reached: value >= MEMORY_AIM } };
}

/** The runtime on a transport that costs nothing: what the runtime itself allows. */
export function benchRuntimeAlone(observed: boolean, options: LocalBenchOptions): Promise<BenchResult> {
  const name = `runtime alone, ${observed ? 'observed' : 'nobody observes'}, ${size(options.records, 1)}`;
  return throughput(name, 'runtime-alone.ts', { records: options.records, partitions: 1, observed }, options);
}

/** Whether the records that are done above one that is open cost more than records without one. */
export async function benchAboveOneOpen(options: LocalBenchOptions): Promise<BenchResult> {
  const name = `unordered, ${ABOVE_ONE_OPEN} records above one that stays open, beside none that does`;
  const measure = (isStuck: boolean): Promise<BenchResult> =>
    throughput(`${name}: ${isStuck ? 'open' : 'none'}`, 'above-one-open.ts', { records: ABOVE_ONE_OPEN, isStuck }, options);
  const [open, none] = [await measure(true), await measure(false)];
  const ratio = open.value / none.value;
  return { ...open, name: `${name} (${none.value}/s, ratio ${ratio.toFixed(2)})`, aim: { text: 'ratio 0.9', reached: ratio >= 0.9 } };
}

function size(records: number, partitions: number): string {
  return `${records} × 100 B, ${partitions === 1 ? '1 partition' : `${partitions} partitions`}`;
}

async function throughput(
  name: string,
  file: string,
  argument: unknown,
  { repetitions, progress }: LocalBenchOptions,
): Promise<BenchResult> {
  const samples: number[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const { recordsPerSecond } = await measureInChild<{ recordsPerSecond: number }>(program(file), argument);
    samples.push(recordsPerSecond);
    progress(`${name}: ${Math.round(recordsPerSecond)}/s`);
  }
  return { name, value: rounded(median(samples)), unit: 'records/s', samples: samples.map(rounded) };
}

/** The checker over a correct history of a million events, by the processor's time: nothing in it waits. */
export async function benchChecker({ repetitions, progress }: LocalBenchOptions): Promise<BenchResult> {
  const name = `checker, every invariant over ${CHECKED_EVENTS} events of a correct history, 4 partitions`;
  const samples: number[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const argument = { events: CHECKED_EVENTS, partitions: 4 };
    const { cpuSeconds, heapMb } = await measureInChild<{ cpuSeconds: number; heapMb: number }>(program('check-history.ts'), argument);
    samples.push(cpuSeconds);
    progress(`${name}: ${cpuSeconds.toFixed(2)} s, ${heapMb} MB`);
  }
  const value = rounded(median(samples));
  return {
    name,
    value,
    unit: 's',
    samples: samples.map(rounded),
    aim: { text: `under ${CHECKER_AIM_S} s`, reached: value < CHECKER_AIM_S },
  };
}

/** Import time of each entry of the built package. */
export async function benchImports({ repetitions }: LocalBenchOptions): Promise<readonly BenchResult[]> {
  const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as { exports: Record<string, unknown> };
  const results: BenchResult[] = [];
  for (const key of Object.keys(manifest.exports)) {
    // vitest's own entry can be imported inside a vitest run only.
    if (key.endsWith('.json') || key === './vitest') continue;
    const entry = key.replace(/^\./, 'kafka-rehearsal');
    results.push(await startUp(`import '${entry}'`, 'import-entry.mjs', entry, repetitions));
  }
  return results;
}

export async function benchFirstCommit({ repetitions }: LocalBenchOptions): Promise<BenchResult> {
  const result = await startUp('import to first committed record, in memory', 'first-commit.mjs', null, repetitions);
  return { ...result, aim: { text: `under ${FIRST_COMMIT_AIM_MS} ms`, reached: result.value < FIRST_COMMIT_AIM_MS } };
}

async function startUp(name: string, file: string, argument: unknown, repetitions: number): Promise<BenchResult> {
  const samples: number[] = [];
  for (let repetition = 0; repetition < repetitions * 3; repetition++)
    samples.push((await measureInChild<{ ms: number }>(program(file), argument)).ms);
  return { name, value: rounded(median(samples)), unit: 'ms', samples: samples.map(rounded) };
}
