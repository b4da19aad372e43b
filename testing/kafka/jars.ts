import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KafkaError } from '../../src/errors.ts';

const run = promisify(execFile);

/** What a fetch of about 45 jars (43 MB) from Maven Central may take. */
const FETCH_LIMIT_MS = 300_000;

/** Where jars and other things that outlive a run are kept: `KAFKA_REHEARSAL_CACHE`, else the user's cache directory. */
export function cacheDirectory(): string {
  const given = process.env['KAFKA_REHEARSAL_CACHE'];
  if (given) return given;
  const base = process.env['XDG_CACHE_HOME'] || (process.platform === 'win32' && process.env['LOCALAPPDATA']) || join(homedir(), '.cache');
  return join(base, 'kafka-rehearsal');
}

/** The directory with the jars of this Kafka version; fetched with Maven the first time, then kept. */
export async function kafkaJars(version: string): Promise<string> {
  if (!/^\d+\.\d+\.\d+$/.test(version))
    throw new KafkaError('REAL_KAFKA_UNAVAILABLE', `A Kafka version looks like 4.3.1, but "${version}" was asked for.`);
  const directory = join(cacheDirectory(), `kafka-${version}`);
  const jars = join(directory, 'libs');
  if (existsSync(jars)) return jars;
  await mkdir(cacheDirectory(), { recursive: true });
  const work = await mkdtemp(join(cacheDirectory(), 'fetch-'));
  try {
    await writeFile(join(work, 'pom.xml'), pom(version));
    const goals = ['-q', '-B', 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${join(work, 'libs')}`];
    await run('mvn', goals, { cwd: work, timeout: FETCH_LIMIT_MS, shell: process.platform === 'win32' });
    // Renamed as a whole, so that nobody sees half of it; a parallel run that was first has made the same.
    await rename(work, directory).catch((error: NodeJS.ErrnoException) => {
      if (!existsSync(jars)) throw error;
    });
    return jars;
  } catch (cause) {
    const detail = (cause as { stdout?: string }).stdout?.trim().split('\n').slice(0, 5).join('\n') || (cause as Error).message;
    throw new KafkaError('REAL_KAFKA_UNAVAILABLE', `Maven could not fetch Kafka ${version}:\n${detail}`, { cause });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** slf4j-simple makes Kafka's log visible: without a binding a broker that cannot start says nothing. */
function pom(version: string): string {
  const dependency = (group: string, artifact: string, at: string): string =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${at}</version></dependency>`;
  return `<project><modelVersion>4.0.0</modelVersion><groupId>local</groupId><artifactId>jars</artifactId><version>1</version><dependencies>${dependency(
    'org.apache.kafka',
    'kafka_2.13',
    version,
  )}${dependency('org.slf4j', 'slf4j-simple', '1.7.36')}</dependencies></project>`;
}

/** True when the program can be started: it answers to its version flag. */
export async function canRun(command: string, versionFlag: string): Promise<boolean> {
  try {
    await run(command, [versionFlag], { timeout: 20_000, shell: process.platform === 'win32' });
    return true;
  } catch {
    return false; // that it cannot be had is the answer
  }
}
