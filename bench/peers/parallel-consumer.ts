/** Confluent's parallel-consumer: fetched with Maven once, our small program compiled each time. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory, canRun } from '../../testing/kafka/jars.ts';
import { classPathOf } from '../../testing/kafka/jvm.ts';
import type { AbsentContender, Contender } from './contender.ts';
import { ORDERINGS } from './task.ts';
import type { PeerTask } from './task.ts';

const run = promisify(execFile);

const VERSION = '0.5.3.3';
const FETCH_LIMIT_MS = 300_000;
const COMPILE_LIMIT_MS = 60_000;
const NAME = "Confluent's parallel-consumer";

export async function parallelConsumer(): Promise<readonly Contender[] | AbsentContender> {
  for (const [program, flag] of [
    ['java', '-version'],
    ['javac', '-version'],
  ] as const)
    if (!(await canRun(program, flag))) return { name: NAME, reason: `${program} is not installed (a JDK 17 has it)` };
  try {
    const directory = await jars();
    const classes = await compiled(directory);
    const contender = (name: string, commitIntervalMs: number): Contender => ({
      name,
      version: VERSION,
      orderings: ORDERINGS,
      command: (task) => ({ file: 'java', arguments: commandLine(directory, classes, task, commitIntervalMs) }),
    });
    return [contender('parallel-consumer', 0), { ...contender('parallel-consumer, commits every 100 ms', 100), only: 'work' }];
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const detail = `${stdout}${stderr}`.trim() || (error as Error).message;
    return { name: NAME, reason: `it could not be made ready: ${detail.split('\n').slice(0, 3).join(' ')}` };
  }
}

function commandLine(directory: string, classes: string, task: PeerTask, commitIntervalMs: number): readonly string[] {
  const { brokers, topic, groupId, records, partitions, ordering, concurrency, work } = task;
  const given = [brokers.join(','), topic, groupId, records, partitions, ordering, concurrency, work, commitIntervalMs];
  return ['-cp', classPathOf(directory, classes), 'ParallelConsumerPeer', ...given.map(String)];
}

async function jars(): Promise<string> {
  const directory = join(cacheDirectory(), `parallel-consumer-${VERSION}`);
  const libraries = join(directory, 'libs');
  if (existsSync(libraries)) return libraries;
  if (!(await canRun('mvn', '-version'))) throw new Error('Maven, which fetches it, is not installed');
  await mkdir(cacheDirectory(), { recursive: true });
  const work = await mkdtemp(join(cacheDirectory(), 'fetch-'));
  try {
    const dependency = `<groupId>io.confluent.parallelconsumer</groupId><artifactId>parallel-consumer-core</artifactId><version>${VERSION}</version>`;
    const project = '<modelVersion>4.0.0</modelVersion><groupId>local</groupId><artifactId>jars</artifactId><version>1</version>';
    await writeFile(
      join(work, 'pom.xml'),
      `<project>${project}<dependencies><dependency>${dependency}</dependency></dependencies></project>`,
    );
    const goals = ['-q', '-B', 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${join(work, 'libs')}`];
    await run('mvn', goals, { cwd: work, timeout: FETCH_LIMIT_MS });
    await rename(work, directory);
    return libraries;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function compiled(libraries: string): Promise<string> {
  const classes = join(cacheDirectory(), `parallel-consumer-${VERSION}`, 'classes');
  await mkdir(classes, { recursive: true });
  const source = join(import.meta.dirname, 'program/ParallelConsumerPeer.java');
  await run('javac', ['-cp', classPathOf(libraries), '-d', classes, source], { timeout: COMPILE_LIMIT_MS });
  return classes;
}
