import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { RequestOptions } from 'node:http';
import { createRequire } from 'node:module';
import { freePorts } from './free-ports.ts';
import { MIN_SESSION_TIMEOUT_MS, nodeProperties } from './node-properties.ts';
import { waitUntilReady } from './readiness.ts';
import type { RealKafka, RealKafkaOptions } from './real-kafka.ts';
import { KafkaError } from '../../src/errors.ts';

const PING_LIMIT_MS = 2_000;
const START_LIMIT_MS = 180_000;
const CLIENT_PORT = 9092;
const CONTROLLER_PORT = 9093;
const INTERNAL_PORT = 9094;

/** Null when containers can be started, else what is missing. */
export async function whyNoDocker(): Promise<string | null> {
  if (!(await engineAnswers())) return 'no Docker engine answers';
  try {
    testcontainers();
    return null;
  } catch {
    return 'Docker answers, but the package @testcontainers/kafka is not installed';
  }
}

/** testcontainers comes with @testcontainers/kafka, whose own container class knows neither two brokers nor the apache/kafka image. */
function testcontainers(): typeof import('testcontainers') {
  const peer = createRequire(import.meta.url).resolve('@testcontainers/kafka');
  return createRequire(peer)('testcontainers') as typeof import('testcontainers');
}

function engine(): { readonly host: string; readonly connection: RequestOptions } {
  const given = process.env['DOCKER_HOST'];
  if (given?.startsWith('tcp://')) {
    const { hostname, port } = new URL(given);
    return { host: hostname, connection: { host: hostname, port: port || 2375 } };
  }
  const socketPath =
    given?.replace(/^(unix|npipe):\/\//, '') ?? (process.platform === 'win32' ? '//./pipe/docker_engine' : '/var/run/docker.sock');
  return { host: 'localhost', connection: { socketPath } };
}

function engineAnswers(): Promise<boolean> {
  return new Promise((resolve) => {
    const ping = request({ ...engine().connection, path: '/_ping', timeout: PING_LIMIT_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.once('timeout', () => ping.destroy());
    ping.once('error', () => resolve(false));
    ping.once('close', () => resolve(false));
    ping.end();
  });
}

/** The apache/kafka image, one container for each broker. Testcontainers' own reaper removes them when this run is killed. */
export async function startOnDocker(version: string, options: RealKafkaOptions): Promise<RealKafka> {
  const { GenericContainer, Network } = testcontainers();
  const count = options.nodes ?? 1;
  const { host } = engine();
  const ports = await freePorts(count);
  const network = await new Network().start();
  const started: { stop(): Promise<unknown> }[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.splice(0).map((container) => container.stop()));
    await network.stop();
  };
  const clusterId = randomBytes(16).toString('base64url').replace(/^-/, 'A');
  try {
    const log: string[] = [];
    await Promise.all(
      ports.map(async (port, index) => {
        const nodeId = index + 1;
        const container = await new GenericContainer(`apache/kafka:${version}`)
          .withNetwork(network)
          .withNetworkAliases(`kafka-${nodeId}`)
          .withExposedPorts({ container: CLIENT_PORT, host: port })
          .withEnvironment({ CLUSTER_ID: clusterId, ...environmentOf(nodeId, host, port, options) })
          .withLogConsumer((stream) =>
            stream.on('data', (line) => {
              log.push(String(line).trim());
              log.splice(0, log.length - 12);
            }),
          )
          .start();
        started.push(container);
      }),
    );
    const brokers = ports.map((port) => `${host}:${port}`);
    const nodeIds = await waitUntilReady(brokers, count, { withinMs: START_LIMIT_MS, failed: () => null, makeInternalTopics: true }).catch(
      (cause: Error) => {
        throw new KafkaError('REAL_KAFKA_UNAVAILABLE', `${cause.message}\n${log.join('\n')}`, { cause });
      },
    );
    let stopping: Promise<void> | null = null;
    const refuse = (): Promise<never> => Promise.reject(new KafkaError('UNSUPPORTED', 'Brokers in containers are not stopped one by one.'));
    return {
      source: 'docker',
      brokers,
      nodeIds,
      version,
      minSessionTimeoutMs: MIN_SESSION_TIMEOUT_MS,
      certificateAuthority: null,
      stopNode: refuse,
      startNode: refuse,
      stop: () => (stopping ??= stop()),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The image takes `server.properties` as environment: `KAFKA_` and the name in capitals, `.` as `_`, `_` as `__`, `-` as `___`. */
function environmentOf(nodeId: number, host: string, port: number, options: RealKafkaOptions): Record<string, string> {
  const node = { nodeId, directory: '/tmp/kraft', clientPort: CLIENT_PORT, internalPort: INTERNAL_PORT, controllerPort: CONTROLLER_PORT };
  const addresses = {
    listeners: `CLIENT://:${CLIENT_PORT},INTERNAL://:${INTERNAL_PORT}${nodeId === 1 ? `,CONTROLLER://:${CONTROLLER_PORT}` : ''}`,
    'advertised.listeners': `CLIENT://${host}:${port},INTERNAL://kafka-${nodeId}:${INTERNAL_PORT}`,
    'controller.quorum.voters': `1@kafka-1:${CONTROLLER_PORT}`,
  };
  const lines = nodeProperties(node, { sasl: null, tls: null }, { ...addresses, ...options.properties })
    .trim()
    .split('\n');
  return Object.fromEntries(
    lines.map((line) => {
      const [name = '', ...value] = line.split('=');
      return [`KAFKA_${name.toUpperCase().replaceAll('_', '__').replaceAll('-', '___').replaceAll('.', '_')}`, value.join('=')];
    }),
  );
}
