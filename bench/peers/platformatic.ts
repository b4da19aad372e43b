/** @platformatic/kafka, fetched by npm into the cache when the bench runs: nobody else needs it. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../../testing/kafka/jars.ts';
import type { AbsentContender, Contender } from './contender.ts';
import { programCommand } from './program-command.ts';

const run = promisify(execFile);

const PACKAGE = '@platformatic/kafka';
const VERSION = '2.12.1';
const FETCH_LIMIT_MS = 120_000;
/** Awaiting a commit of every single record would take it minutes for a million that have no work. */
const COMMIT_EVERY_WITHOUT_WORK = 1_000;

export async function platformatic(): Promise<Contender | AbsentContender> {
  if (!nodeFits()) return { name: PACKAGE, reason: `it needs Node 22.22 or 24.6, this is ${process.version}` };
  try {
    const module = await installed();
    return {
      name: `${PACKAGE} stream, awaited commits`,
      version: VERSION,
      orderings: ['partition'],
      settings: { module, commitEvery: 1 },
      settingsWithoutWork: { module, commitEvery: COMMIT_EVERY_WITHOUT_WORK },
      command: programCommand('platformatic.ts'),
    };
  } catch (error) {
    return { name: PACKAGE, reason: `npm could not install it: ${(error as Error).message.split('\n')[0]}` };
  }
}

function nodeFits(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return (major === 22 && minor >= 22) || (major === 24 && minor >= 6) || major > 24;
}

/** The path of its main module. */
async function installed(): Promise<string> {
  const directory = join(cacheDirectory(), `platformatic-kafka-${VERSION}`);
  const module = join(directory, 'node_modules', PACKAGE, 'dist/index.js');
  if (existsSync(module)) return module;
  await mkdir(cacheDirectory(), { recursive: true });
  const work = await mkdtemp(join(cacheDirectory(), 'fetch-'));
  try {
    await writeFile(join(work, 'package.json'), '{ "private": true }\n');
    const path = `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`;
    await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', `${PACKAGE}@${VERSION}`], {
      cwd: work,
      timeout: FETCH_LIMIT_MS,
      env: { ...process.env, PATH: path },
    });
    await rename(work, directory);
    return module;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
