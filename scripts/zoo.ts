/**
 * `npm run zoo`: plays every entry of the bug zoo over ten seeds and prints a table; a run of all of them writes `docs/bug-zoo.md`.
 * Exit status as the command line's: 0 every bug was caught and every twin held, 1 not, 2 wrong usage.
 */
import { writeFile } from 'node:fs/promises';
import { EXIT } from '../cli/exit-status.ts';
import { bugZoo, notYet } from '../scenarios/zoo/index.ts';
import { measureAll } from './zoo/measure-all.ts';
import { zooDocument } from './zoo/zoo-document.ts';
import { readZooOptions, ZOO_SEEDS } from './zoo/zoo-options.ts';
import { rowOf } from './zoo/zoo-row.ts';
import { zooTable } from './zoo/zoo-table.ts';

const TWIN_RUNS = 50;
const DOCUMENT = new URL('../docs/bug-zoo.md', import.meta.url);

async function main(): Promise<number> {
  const { json = false, seeds, workers, only: entries = bugZoo } = readZooOptions(process.argv.slice(2));
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
  if (entries.length === bugZoo.length && seeds === ZOO_SEEDS) await writeFile(DOCUMENT, zooDocument(rows, bugZoo, notYet, seeds));
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

process.exitCode = await main();
