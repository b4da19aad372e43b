/** Failures as files: a public format, which can be committed, replayed and tried first the next time. */
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KafkaError } from '../src/errors.ts';
import { failureFileName } from '../testing/report/failure-file-name.ts';
import { parsePlan } from '../testing/scenario/parse-plan.ts';
import type { Plan } from '../testing/scenario/plan.ts';

/** Where failures of tests are kept, from the working directory on. */
export const FAILURE_DIRECTORY = '.kafka-rehearsal/failures';

/** How many of one scenario are tried first. */
const MOST_TRIED_FIRST = 50;

/** A saved failure: enough to play it again. */
export interface SavedFailure {
  readonly invariant: string;
  readonly message: string;
  /** The configuration file whose handlers it was found with; null for the built-in suite, and for a test. */
  readonly config: string | null;
  /** The test file that it was found by. */
  readonly test?: string;
  /** Of the run: the same code gives the same. */
  readonly traceHash?: string;
  readonly plan: Plan;
}

/** What stands in a failure file, or in a file with nothing but a plan. */
export interface LoadedFailure {
  readonly plan: Plan;
  readonly config: string | null;
  readonly test: string | null;
  readonly invariant: string | null;
  readonly traceHash: string | null;
}

/** Rejects with SCENARIO_INVALID for a file that is not there, or that holds neither. */
export async function loadFailure(file: string): Promise<LoadedFailure> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new KafkaError('SCENARIO_INVALID', `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new KafkaError('SCENARIO_INVALID', `${file} is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  const saved = parsed as Readonly<Record<string, unknown>> | null;
  const isSaved = typeof saved === 'object' && saved !== null && 'plan' in saved;
  const field = (name: string): string | null => (isSaved && typeof saved[name] === 'string' ? saved[name] : null);
  return {
    plan: parsePlan(isSaved ? saved['plan'] : parsed, file),
    config: field('config'),
    test: field('test'),
    invariant: field('invariant'),
    traceHash: field('traceHash'),
  };
}

/** Writes it into the directory, which is made; answers the path. The same scenario and invariant take the same name. */
export async function writeFailure(directory: string, saved: SavedFailure): Promise<string> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, failureFileName(saved.plan.scenario, saved.invariant));
  await writeFile(path, `${JSON.stringify(saved, null, 2)}\n`);
  return path;
}

/** Paths of the JSON files in a directory, by name; none where there is no directory. */
export async function failureFiles(directory: string): Promise<readonly string[]> {
  let names: readonly string[];
  try {
    names = await readdir(directory);
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'ENOENT') return [];
    throw error;
  }
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(directory, name));
}

/** Plans of earlier failures of this scenario. Files of another release, or of no use, are passed over: they are a cache. */
export async function earlierFailures(
  directory: string,
  scenario: string,
): Promise<readonly (LoadedFailure & { readonly path: string })[]> {
  const found: (LoadedFailure & { readonly path: string })[] = [];
  for (const path of await failureFiles(directory)) {
    if (found.length === MOST_TRIED_FIRST) break;
    const loaded = await loadFailure(path).catch(() => null);
    if (loaded !== null && loaded.plan.scenario === scenario) found.push({ ...loaded, path });
  }
  return found;
}
