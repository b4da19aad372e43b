import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { KafkaError } from '../../src/errors.ts';
import { makeCertificate } from './certificates.ts';
import { freePorts } from './free-ports.ts';
import { cacheDirectory, canRun, kafkaJars } from './jars.ts';
import { MIN_SESSION_TIMEOUT_MS, nodeProperties } from './node-properties.ts';
import type { ClientSecurity, NodeLayout } from './node-properties.ts';
import { waitUntilReady } from './readiness.ts';
import type { RealKafka, RealKafkaOptions } from './real-kafka.ts';
import { startSupervision } from './supervision.ts';
import type { ProcessExit, Supervision } from './supervision.ts';

const run = promisify(execFile);

const START_LIMIT_MS = 60_000;
/** A port may be taken between our look and the broker's bind. */
const START_ATTEMPTS = 3;
const LOG_LINES_SHOWN = 12;
/** Small, and compiled quickly rather than well: a test run does not live long enough for the second compiler. */
const JAVA_OPTIONS = ['-Xmx384m', '-Xms64m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData', '-Djava.awt.headless=true'];
const LOG_OPTIONS = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-Dorg.slf4j.simpleLogger.showDateTime=true'];

/** Null when Kafka can run on this machine's JVM, else what is missing. */
export async function whyNoJvm(version: string): Promise<string | null> {
  if (!(await canRun('java', '-version'))) return 'Java is not installed';
  try {
    await kafkaJars(version);
    return null;
  } catch (error) {
    return (await canRun('mvn', '-version'))
      ? (error as Error).message
      : `Maven, which fetches Kafka's jars, is not installed (and ${cacheDirectory()} does not have them)`;
  }
}

/** The class path of a directory of jars. */
export function classPathOf(jars: string, ...more: readonly string[]): string {
  return [join(jars, '*'), ...more].join(delimiter);
}

export async function startOnJvm(version: string, options: RealKafkaOptions): Promise<RealKafka> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(version, options);
    } catch (error) {
      if (attempt === START_ATTEMPTS || !/Address already in use|BindException/.test((error as Error).message)) throw error;
    }
  }
}

async function startOnce(version: string, options: RealKafkaOptions): Promise<RealKafka> {
  const jars = await kafkaJars(version);
  const supervision = startSupervision();
  const directory = mkdtempSync(join(tmpdir(), 'kafka-rehearsal-'));
  supervision.ownDirectory(directory);
  try {
    return await startCluster({ version, options, jars, supervision, directory });
  } catch (error) {
    await supervision.end().catch(() => {}); // why it did not start says more
    throw error;
  }
}

interface Cluster {
  readonly version: string;
  readonly options: RealKafkaOptions;
  readonly jars: string;
  readonly supervision: Supervision;
  readonly directory: string;
}

async function startCluster(cluster: Cluster): Promise<RealKafka> {
  const { options, supervision, directory } = cluster;
  const count = options.nodes ?? 1;
  const certificate = options.tls === true ? await makeCertificate(directory) : null;
  const security: ClientSecurity = { sasl: options.sasl ?? null, tls: certificate };
  const [controllerPort = 0, ...ports] = await freePorts(1 + 2 * count);
  const nodes = Array.from({ length: count }, (_, index): NodeLayout => ({
    nodeId: index + 1,
    directory: join(directory, `node-${index + 1}`),
    clientPort: ports[2 * index] ?? 0,
    internalPort: ports[2 * index + 1] ?? 0,
    controllerPort,
  }));
  const clusterId = randomBytes(16).toString('base64url').replace(/^-/, 'A');
  await Promise.all(nodes.map((node) => format(cluster, node, security, clusterId)));

  const running = new Map<number, Promise<ProcessExit>>();
  const ended = new Map<number, ProcessExit>();
  const launch = (node: NodeLayout): void => {
    ended.delete(node.nodeId);
    const { exit } = supervision.run(`node-${node.nodeId}`, {
      command: 'java',
      arguments: [
        ...JAVA_OPTIONS,
        ...LOG_OPTIONS,
        ...(options.javaOptions ?? []),
        '-cp',
        classPathOf(cluster.jars),
        'kafka.Kafka',
        'server.properties',
      ],
      directory: node.directory,
      logFile: join(node.directory, 'server.log'),
    });
    running.set(node.nodeId, exit);
    void exit.then((how) => ended.set(node.nodeId, how));
  };
  const brokers = nodes.map((node) => `127.0.0.1:${node.clientPort}`);
  const plain = nodes.map((node) => `127.0.0.1:${node.internalPort}`);
  const ready = async (): Promise<readonly number[]> => {
    try {
      return await waitUntilReady(plain, count, { withinMs: START_LIMIT_MS, failed: () => describeEnd(ended), makeInternalTopics: true });
    } catch (error) {
      throw new KafkaError('REAL_KAFKA_UNAVAILABLE', `${(error as Error).message}\n${await lastLogLines(nodes)}`, { cause: error });
    }
  };
  for (const node of nodes) launch(node);
  const nodeIds = await ready();

  const follower = (nodeId: number): NodeLayout => {
    const node = nodes.find((each) => each.nodeId === nodeId);
    if (node === undefined || nodeId === 1)
      throw new KafkaError('UNSUPPORTED', `Node ${nodeId} cannot be stopped: nodes 2 to ${count} can, node 1 holds the controller.`);
    return node;
  };
  return {
    source: 'jvm',
    brokers,
    nodeIds,
    version: cluster.version,
    minSessionTimeoutMs: MIN_SESSION_TIMEOUT_MS,
    certificateAuthority: certificate?.certificateAuthority ?? null,
    async stopNode(nodeId) {
      follower(nodeId);
      supervision.signal(`node-${nodeId}`, 'SIGKILL');
      await running.get(nodeId);
    },
    async startNode(nodeId) {
      launch(follower(nodeId));
      await ready();
    },
    stop: () => supervision.end(),
  };
}

async function format(cluster: Cluster, node: NodeLayout, security: ClientSecurity, clusterId: string): Promise<void> {
  await mkdir(node.directory, { recursive: true });
  const file = join(node.directory, 'server.properties');
  await writeFile(file, nodeProperties(node, security, cluster.options.properties ?? {}));
  const users = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) =>
    security.sasl === null ? [] : ['--add-scram', `${mechanism}=[name=${security.sasl.username},password=${security.sasl.password}]`],
  );
  const program = ['-cp', classPathOf(cluster.jars), 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', file, ...users];
  try {
    await run('java', [...JAVA_OPTIONS, ...LOG_OPTIONS, ...program], { cwd: node.directory, timeout: START_LIMIT_MS });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const lines = withoutStacks(`${stdout}${stderr}`).join('\n');
    throw new KafkaError('REAL_KAFKA_UNAVAILABLE', `Kafka's storage of node ${node.nodeId} could not be formatted:\n${lines}`, {
      cause: error,
    });
  }
}

function describeEnd(ended: ReadonlyMap<number, ProcessExit>): string | null {
  for (const [nodeId, { code, signal, error }] of ended)
    return `Kafka's node ${nodeId} ended while starting: ${error ?? (signal === null ? `exit code ${code}` : `by ${signal}`)}.`;
  return null;
}

async function lastLogLines(nodes: readonly NodeLayout[]): Promise<string> {
  const logs = await Promise.all(
    nodes.map(async (node) => {
      const text = await readFile(join(node.directory, 'server.log'), 'utf8').catch(() => '');
      return text === '' ? [] : [`--- log of node ${node.nodeId}`, ...withoutStacks(text)];
    }),
  );
  return logs.flat().join('\n') || '(the brokers logged nothing)';
}

function withoutStacks(log: string): readonly string[] {
  return log
    .trim()
    .split('\n')
    .filter((line) => !/^\s+at /.test(line))
    .slice(-LOG_LINES_SHOWN);
}
