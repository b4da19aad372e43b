/**
 * `npm run mutation`: mutates `src/consumer`, asks its tests and then, of the files that a promise to the user rests on, the scenarios, and
 * writes docs/mutation-testing.md. Status 1 where a survivor has no reason in test/mutation/reasons.json, or a reason no survivor.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NOTHING_MEASURED, survivors, withRun } from './mutation/measured.ts';
import type { Measured, Stage } from './mutation/measured.ts';
import { mutationDocument } from './mutation/mutation-document.ts';
import { readMutationOptions } from './mutation/mutation-options.ts';
import { explain } from './mutation/reasons.ts';
import type { Reason } from './mutation/reasons.ts';
import { rangeOf } from './mutation/stryker-report.ts';
import type { StrykerReport } from './mutation/stryker-report.ts';

const root = join(import.meta.dirname, '..');
const FOLDER = 'src/consumer';
const STATE = 'reports/mutation/measured.json';
const REPORT = 'reports/mutation/mutation.json';
const PAGE = 'docs/mutation-testing.md';
/** The ledger, the check of epochs and the retries: where a scenario has to notice what no test does. */
const PROMISES = [
  'assignment',
  'commit-loop',
  'durable-ledger',
  'leader-epochs',
  'ledger',
  'ledger-claims',
  'ledger-metadata',
  'owned-partition',
  'record-settler',
  'retry',
];

const options = readMutationOptions(process.argv.slice(2));
if (options.scenariosAlone === true && options.only === undefined)
  throw new Error('--scenarios-alone goes with --only FILE...: all of them take hours.');

const files = readdirSync(join(root, FOLDER))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => `${FOLDER}/${name}`);
const chosen = options.only ?? files;
let measured = onlyOf(options.again === true || options.write === true ? lastMeasured() : NOTHING_MEASURED, chosen);
if (options.write !== true) {
  if (options.scenariosAlone !== true) await measure('tests', chosen);
  await measure('scenarios', chosen.filter((path) => PROMISES.some((name) => path === `${FOLDER}/${name}.ts`))); // prettier-ignore
}

const explained = explain(measured, readJson('test/mutation/reasons.json') as readonly Reason[]);
const parts = mutationDocument(measured, explained);
console.log(parts.result);
for (const { file, reason, mutants } of explained.survivors)
  if (reason === null || options.only !== undefined)
    for (const { location, replacement } of mutants)
      console.log(`${file}:${location.start.line}:${location.start.column} survived as ${replacement}`);
for (const name of explained.stale) console.log(`A reason without a survivor: ${name}`);
if (options.only === undefined) {
  writeFileSync(join(root, STATE), JSON.stringify(measured));
  writePage();
  if (explained.stale.length > 0 || explained.survivors.some(({ reason }) => reason === null)) process.exitCode = 1;
}

/** Mutants of files that are new or changed, and those that survived; in the second stage only these. */
async function measure(stage: Stage, paths: readonly string[]): Promise<void> {
  const mutate = paths.flatMap((path) => {
    const known = measured.files[path];
    const isCurrent = known !== undefined && known.source === readFileSync(join(root, path), 'utf8');
    if (!isCurrent && stage === (options.scenariosAlone === true ? 'scenarios' : 'tests')) return [path];
    return known === undefined ? [] : survivors(known).map((mutant) => rangeOf(path, mutant));
  });
  if (mutate.length === 0) return;
  const at = new Date();
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  await runStryker(stage, [...new Set(mutate)]);
  const minutes = (Date.now() - at.getTime()) / 60_000;
  measured = withRun(measured, readJson(REPORT) as StrykerReport, { stage, commit, at: at.toISOString(), minutes });
  // What is known of all files is not given up for some.
  if (options.only === undefined) writeFileSync(join(root, STATE), JSON.stringify(measured));
}

function runStryker(stage: Stage, mutate: readonly string[]): Promise<void> {
  rmSync(join(root, REPORT), { force: true });
  const stryker = spawn('stryker', ['run', 'test/mutation/stryker.config.json', '--mutate', mutate.join(',')], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, MUTATION_STAGE: stage },
  });
  return new Promise((resolve, reject) => {
    stryker.on('error', reject);
    stryker.on('close', (status) => {
      if (status === 0) resolve();
      else reject(new Error(`Stryker ended with status ${status}; its own lines say why.`));
    });
  });
}

function writePage(): void {
  let text = readFileSync(join(root, PAGE), 'utf8');
  for (const [name, part] of Object.entries(parts)) {
    const between = new RegExp(`(<!-- ${name} -->\\n\\n)[\\s\\S]*?(\\n\\n<!-- end of ${name} -->)`);
    if (!between.test(text)) throw new Error(`${PAGE} has lost the comments around "${name}".`);
    text = text.replace(between, (_, start: string, end: string) => start + part + end);
  }
  writeFileSync(join(root, PAGE), text);
}

function lastMeasured(): Measured {
  if (existsSync(join(root, STATE))) return readJson(STATE) as Measured;
  throw new Error(`Nothing was measured here yet: there is no ${STATE}, which a run without options writes.`);
}

/** Without files that are gone. */
function onlyOf({ measurements, files: known }: Measured, paths: readonly string[]): Measured {
  return { measurements, files: Object.fromEntries(Object.entries(known).filter(([path]) => paths.includes(path))) };
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(root, path), 'utf8'));
}
