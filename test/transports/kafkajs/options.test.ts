import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import type { ConsumerListener, TransportConsumerOptions } from '../../../src/transport.ts';
import { hookBrokers } from '../../../src/transports/kafkajs/group-hooks.ts';
import { kafkajsTransport } from '../../../src/transports/kafkajs/index.ts';
import type { Cluster } from '../../../src/transports/kafkajs/kafkajs-internals.ts';
import { prepareCluster } from '../../../src/transports/kafkajs/kafkajs-internals.ts';
import { systemClock } from '../../../src/system-clock.ts';

const options: TransportConsumerOptions = {
  groupId: 'g',
  groupInstanceId: null,
  topics: ['t'],
  sessionTimeoutMs: 6_000,
  rebalanceTimeoutMs: 6_000,
  heartbeatIntervalMs: 1_000,
  requestTimeoutMs: 3_000,
  maxWaitTimeMs: 500,
  maxBytesPerPartition: 1_000,
  isolationLevel: 'read_committed',
};
const listener = {} as ConsumerListener;
const transport = kafkajsTransport({ brokers: ['127.0.0.1:1'] });

describe('what cannot be had is refused at once', () => {
  test.each([undefined, {}, { brokers: [] }, { brokers: 'localhost:9092' }, { brokers: [9092] }])('no brokers: %j', (given) => {
    expect(() => kafkajsTransport(given as never)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringMatching(/brokers is .*, expected an array with/) }),
    );
  });

  test('static membership', () => {
    expect(() => transport.createConsumer({ ...options, groupInstanceId: 'one' }, listener)).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED' }),
    );
  });

  test('heartbeats that leave no room for a lost reply', () => {
    expect(() => transport.createConsumer({ ...options, heartbeatIntervalMs: 3_000 }, listener)).toThrow(/heartbeatIntervalMs: 3000.*6000/);
  });

  test('a kafkajs with other insides is named, not stumbled over', () => {
    const cluster = { connect: () => Promise.resolve() } as unknown as Cluster;
    expect(() => prepareCluster(cluster, 0, systemClock)).toThrow(/kafkajs \(2\.2\.4\) does not fit: its Cluster has no disconnect\(\)/);
  });

  test('so is one whose Broker has other methods', async () => {
    const cluster = { findBroker: () => Promise.resolve({ joinGroup: () => {} }) } as unknown as Cluster;
    hookBrokers(
      Object.assign(cluster, { getNodeIds: () => [], refreshMetadata: () => Promise.resolve() }),
      {} as Parameters<typeof hookBrokers>[1],
    );
    await expect(cluster.findBroker({ nodeId: 1 })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('its Broker has no syncGroup()') as string,
    });
  });

  test.for([
    ['cluster/index.js', 'findBroker', 'its Cluster has no findBroker()'],
    ['network/connectionPool.js', 'send', 'its ConnectionPool has no send(), getConnection() or pool'],
    ['network/connection.js', 'disconnect', 'its Connection has no disconnect()'],
    ['network/requestQueue/index.js', 'fulfillRequest', 'its Connection has no request queue'],
    ['network/requestQueue/index.js', 'checkPendingRequests', 'its Connection has no request queue'],
  ] as const)('connecting with a kafkajs that has no %s %s() is one clear error', async ([file, method, what]) => {
    const { prototype } = createRequire(import.meta.url)(`kafkajs/src/${file}`) as { prototype: Record<string, unknown> };
    const original = Object.getOwnPropertyDescriptor(prototype, method)!;
    Object.defineProperty(prototype, method, { ...original, value: undefined });
    const other = kafkajsTransport({ brokers: ['127.0.0.1:1'] });
    try {
      await expect(other.connect({ timeoutMs: 3_000 })).rejects.toMatchObject({
        code: 'UNSUPPORTED',
        message: `This version of kafkajs (2.2.4) does not fit: ${what}. Version 2.2.4 is known to fit.`,
      });
    } finally {
      Object.defineProperty(prototype, method, original);
      await other.close();
    }
  });
});

test('an option of the kafkajs client is passed through, a secret is shown by no inspection of the transport', async () => {
  let asked = '';
  const secretive = kafkajsTransport({
    brokers: ['broker.test:9093'],
    sasl: { mechanism: 'plain', username: 'u', password: { reveal: () => 'never-shown' } },
    client: {
      socketFactory: ({ host, port }) => {
        asked = `${host}:${port}`;
        throw new Error('no socket');
      },
    },
  });
  await expect(secretive.connect({ timeoutMs: 3_000 })).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' });
  expect(asked).toBe('broker.test:9093');
  const { inspect } = await import('node:util');
  expect(inspect(secretive, { depth: 20, showHidden: true })).not.toContain('never-shown');
  await secretive.close();
});
