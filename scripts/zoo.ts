/**
 * `npm run zoo`: plays every entry of the bug zoo over ten seeds and prints a table; a run of all of them writes
 * `docs/bug-zoo.md`. Options: `--seeds N`, `--only 1,29`, `--workers N`, `--json` (one object as the last line).
 * Exit status as the command line's: 0 every bug was caught and every twin held, 1 not, 2 wrong usage.
 */
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { EXIT } from '../cli/exit-status.ts';
import { bugZoo, notYet } from '../scenarios/zoo/index.ts';
import { measureAll } from './zoo/measure-all.ts';
import { zooDocument } from './zoo/zoo-document.ts';
import { rowOf } from './zoo/zoo-row.ts';
import { zooTable } from './zoo/zoo-table.ts';

const SEEDS = 10;
const MAX_SEEDS = 1_000;
const TWIN_RUNS = 50;
const DOCUMENT = new URL('../docs/bug-zoo.md', import.meta.url);

function wholeNumber(name: string, text: string | undefined, fallback: number, most: number): number {
  if (text === undefined) return fallback;
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 1 && number <= most) return number;
  throw new RangeError(`--${name} must be a whole number from 1 to ${most}, given ${JSON.stringify(text)}`);
}

function readOptions() {
  const { values } = parseArgs({
    options: { json: { type: 'boolean' }, seeds: { type: 'string' }, only: { type: 'string' }, workers: { type: 'string' } },
  });
  const only = values.only?.split(',').map(Number);
  const unknown = only?.filter((id) => !bugZoo.some((entry) => entry.id === id)) ?? [];
  if (unknown.length > 0)
    throw new RangeError(`--only: the zoo has no entry ${values.only}; it has ${bugZoo.map(({ id }) => id).join(', ')}`);
  return {
    json: values.json === true,
    seeds: wholeNumber('seeds', values.seeds, SEEDS, MAX_SEEDS),
    workers: wholeNumber('workers', values.workers, availableParallelism(), 256),
    entries: bugZoo.filter(({ id }) => only === undefined || only.includes(id)),
  };
}

async function main(): Promise<number> {
  const { json, seeds, workers, entries } = readOptions();
  // The long ones first would be better still; by seed, so that each entry is known early.
  const tasks = Array.from({ length: seeds }, (_, index) => entries.map(({ id }) => ({ id, seed: index + 1, twinRuns: TWIN_RUNS }))).flat();
  const measures = await measureAll(tasks, workers, ({ id, seed }, done) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${tasks.length} (entry ${id}, seed ${seed})   `);
  });
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  const rows = entries.map((entry) => rowOf(entry, measures.get(entry.id) ?? []));
  const passed = rows.every(({ caught, twinPassed }) => caught && twinPassed);
  process.stdout.write(`${zooTable(rows)}\n`);
  for (const { id, reason } of notYet) process.stdout.write(`${String(id).padStart(3)}  not yet: ${reason}\n`);
  if (entries.length === bugZoo.length && seeds === SEEDS) await writeFile(DOCUMENT, zooDocument(rows, bugZoo, notYet, seeds));
  if (json) {
    const printed = rows.map(({ id, name, invariant, rung, caught, runs, steps, twinPassed }) => ({
      id,
      name,
      invariant,
      rung,
      caught,
      runs,
      steps,
      twinPassed,
    }));
    process.stdout.write(`${JSON.stringify({ entries: printed, notYet: notYet.map(({ id, reason }) => ({ id, reason })) })}\n`);
  }
  return passed ? EXIT.held : EXIT.broken;
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    const isUsage = error instanceof RangeError || (error instanceof TypeError && 'code' in error);
    process.stderr.write(`${isUsage ? (error as Error).message : error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = EXIT.usage;
  },
);
