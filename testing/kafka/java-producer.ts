import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KafkaError } from '../../src/errors.ts';
import { kafkaJars } from './jars.ts';
import { JAVA_PRODUCER_SOURCE } from './java-producer-source.ts';
import { classPathOf } from './jvm.ts';
import { DEFAULT_KAFKA_VERSION } from './real-kafka.ts';

const run = promisify(execFile);
const RUN_LIMIT_MS = 60_000;

/** One record for Kafka's Java client; strings become UTF-8. */
export interface JavaRecord {
  /** Default: chosen by the Java client. */
  readonly partition?: number;
  /** Milliseconds since the epoch. Default: now. */
  readonly timestamp?: number;
  readonly key?: string | Uint8Array | null;
  readonly value: string | Uint8Array | null;
  readonly headers?: readonly (readonly [name: string, value: string | Uint8Array | null])[];
}

/** Records that are sent together, by a producer of their own. */
export interface JavaProduceJob {
  readonly topic: string;
  readonly records: readonly JavaRecord[];
  /** Default `none`. */
  readonly compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';
  /** Sent in a transaction that ends like this; without it, in none. */
  readonly transactional?: 'commit' | 'abort';
}

/**
 * Produces with Kafka's Java client, one job after the other in one JVM (about a second in all, needs a JDK and the jars).
 * Resolves with the place of every record, job by job.
 */
export async function produceWithJava(
  kafka: { readonly brokers: readonly string[]; readonly version?: string },
  ...jobs: readonly JavaProduceJob[]
): Promise<readonly (readonly { readonly partition: number; readonly offset: number }[])[]> {
  const version = kafka.version !== undefined && /^\d+\.\d+\.\d+$/.test(kafka.version) ? kafka.version : DEFAULT_KAFKA_VERSION;
  const jars = await kafkaJars(version);
  const directory = await mkdtemp(join(tmpdir(), 'kafka-rehearsal-produce-'));
  try {
    const source = join(directory, 'RehearsalProducer.java');
    const file = join(directory, 'jobs.txt');
    await writeFile(source, JAVA_PRODUCER_SOURCE);
    await writeFile(file, `${jobs.flatMap(linesOf).join('\n')}\n`);
    const options = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dorg.slf4j.simpleLogger.defaultLogLevel=error'];
    const { stdout } = await run('java', [...options, '-cp', classPathOf(jars), source, kafka.brokers.join(','), file], {
      timeout: RUN_LIMIT_MS,
      maxBuffer: 64 * 1024 * 1024,
    });
    const places = stdout
      .split('\n')
      .filter((line) => line.startsWith('offset '))
      .map((line) => {
        const [, partition, offset] = line.split(' ');
        return { partition: Number(partition), offset: Number(offset) };
      });
    return jobs.map((job) => places.splice(0, job.records.length));
  } catch (cause) {
    const { stderr = '' } = cause as { stderr?: string };
    throw new KafkaError(
      'PRODUCE_FAILED',
      `Kafka's Java producer failed: ${stderr.trim().split('\n').slice(0, 5).join('\n') || String(cause)}`,
      { cause },
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function linesOf({ topic, records, compression = 'none', transactional }: JavaProduceJob): readonly string[] {
  const id = `rehearsal-${randomBytes(6).toString('hex')}`;
  return [
    ['job', topic, compression, transactional ?? 'none', id].join('\t'),
    ...records.map(({ partition, timestamp, key, value, headers = [] }) =>
      [
        'record',
        partition ?? -1,
        timestamp ?? -1,
        base64(key ?? null),
        base64(value),
        ...headers.flatMap(([name, each]) => [base64(name), base64(each)]),
      ].join('\t'),
    ),
  ];
}

function base64(bytes: string | Uint8Array | null): string {
  return bytes === null ? '-' : Buffer.from(bytes as string).toString('base64');
}
