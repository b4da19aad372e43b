import { join } from 'node:path';
import { measureInChild } from './child.ts';
import { markdownTable } from './document.ts';
import type { LocalBenchOptions } from './local.ts';
import { median, rounded } from './result.ts';
import type { BenchResult } from './result.ts';

/** A partition is paused at 10,000 records that wait in memory, by default. */
const OPEN = 9_000;
/** Below the default limit of records open beyond the lowest. */
const ABOVE = 90_000;

type State = 'open' | 'above' | 'done';

/** Bytes of the heap for each record that is open, and for each that is done above an open one: beside the record's own bytes, which every state keeps. */
export async function benchOpenRecords({ repetitions, progress }: LocalBenchOptions): Promise<readonly BenchResult[]> {
  const measure = async (records: number, state: State): Promise<number> => {
    const program = join(import.meta.dirname, 'program/open-records.ts');
    const { bytes } = await measureInChild<{ bytes: number }>(program, { records, state }, ['--expose-gc']);
    progress(`${records} records, ${state}: ${(bytes / 2 ** 20).toFixed(1)} MB`);
    return bytes;
  };
  const perRecord = async (name: string, state: State, records: number): Promise<BenchResult> => {
    const samples: number[] = [];
    for (let repetition = 0; repetition < repetitions; repetition++)
      samples.push(((await measure(records, state)) - (await measure(records, 'done'))) / records);
    return { name, value: rounded(median(samples)), unit: 'bytes', samples: samples.map(rounded) };
  };
  return [
    await perRecord(`each of ${OPEN} records that are skipped and wait for their next try`, 'open', OPEN),
    await perRecord(`each of ${ABOVE} records that are done above an open one`, 'above', ABOVE),
  ];
}

export function openRecordsDocument(results: readonly BenchResult[]): string {
  const rows = results.map(({ name, value, unit }) => [name, `${value} ${unit}`]);
  return `Heap after a collection in order \`unordered\`, less that with all of the records done, for each record; its own bytes are in both.\n\n${markdownTable(
    ['', 'median'],
    rows,
  )}`;
}
