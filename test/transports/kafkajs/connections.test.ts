import net from 'node:net';
import { duplexPair } from 'node:stream';
import kafkajs from 'kafkajs';
import type { ISocketFactory } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/system-clock.ts';
import { kafkajsTransport } from '../../../src/transports/kafkajs/index.ts';
import type { ClusterAccess, Connection } from '../../../src/transports/kafkajs/kafkajs-internals.ts';
import { destroyConnections, openCluster } from '../../../src/transports/kafkajs/kafkajs-internals.ts';

const REASON = 'It was closed.';
const CLOSED = 'The transport was closed.';

/** A listener that takes connections and says nothing. */
let server: net.Server;
let accepted: net.Socket[];

beforeEach(async () => {
  accepted = [];
  server = net.createServer((socket) => accepted.push(socket.on('error', () => undefined).resume()));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});

afterEach(async () => {
  for (const socket of accepted) socket.destroy();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

function address(): string {
  return `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
}

async function connectionOf(socketFactory?: ISocketFactory): Promise<{ readonly access: ClusterAccess; readonly connection: Connection }> {
  const client = new kafkajs.Kafka({ brokers: [address()], logLevel: kafkajs.logLevel.NOTHING, ...(socketFactory && { socketFactory }) });
  const access = openCluster(client, 30_000, systemClock);
  const [connection] = (await access.cluster.connectionPoolBuilder.build()).pool;
  return { access, connection: connection! };
}

function socketOf(connection: Connection): net.Socket {
  return connection.socket as unknown as net.Socket;
}

/** kafkajs looks after its requests every 100 ms for as long as it takes the connection for open. */
function hasTimer({ requestQueue }: Connection): boolean {
  const { requestTimeoutIntervalId: timer } = requestQueue as unknown as {
    readonly requestTimeoutIntervalId?: { readonly _destroyed: boolean } | null;
  };
  return timer !== undefined && timer !== null && !timer._destroyed;
}

describe('a connection of kafkajs', () => {
  test('is made once, whoever asks for it meanwhile', async () => {
    const { access, connection } = await connectionOf();
    const first = connection.connect();
    const socket = socketOf(connection);
    await Promise.all([first, connection.connect()]);
    expect(socketOf(connection)).toBe(socket);
    await expect.poll(() => accepted.length).toBe(1);
    destroyConnections(access, REASON);
  });

  test('can be made again after one that failed', async () => {
    const { access, connection } = await connectionOf();
    const attempt = connection.connect();
    socketOf(connection).destroy(new Error('cut'));
    await expect(attempt).rejects.toThrow('cut');
    await expect(connection.connect()).resolves.toBe(true);
    destroyConnections(access, REASON);
  });

  test('that the other side ends before it is open leaves nobody waiting', async () => {
    const [near, far] = duplexPair();
    const socket = Object.assign(near, { setKeepAlive: () => near, unref: () => near });
    const { access, connection } = await connectionOf(() => socket as unknown as net.Socket);
    const attempt = connection.connect();
    far.resume().end();
    await expect(attempt).rejects.toMatchObject({ name: 'KafkaJSConnectionError' });
    destroyConnections(access, REASON);
  });

  test('that is open when its cluster is closed leaves no socket and no timer', async () => {
    const { access, connection } = await connectionOf();
    await connection.connect();
    expect(hasTimer(connection)).toBe(true);
    destroyConnections(access, REASON);
    expect(socketOf(connection).destroyed).toBe(true);
    await expect.poll(() => connection.isConnected() || hasTimer(connection)).toBe(false);
  });

  test('that is being made when its cluster is closed is not', async () => {
    const { access, connection } = await connectionOf();
    const attempt = connection.connect();
    destroyConnections(access, REASON);
    await expect(attempt).rejects.toThrow(REASON);
    await expect.poll(() => connection.isConnected() || hasTimer(connection)).toBe(false);
  });

  test('is not made any more once its cluster is closed, and kafkajs is told not to try again', async () => {
    const { access, connection } = await connectionOf();
    destroyConnections(access, REASON);
    await expect(connection.connect()).rejects.toMatchObject({ message: REASON, retriable: false });
    const [later] = (await access.cluster.connectionPoolBuilder.build()).pool;
    await expect(later!.connect()).rejects.toThrow(REASON);
    expect(accepted).toEqual([]);
  });
});

describe('a transport that was closed', () => {
  test('connects no more, and makes no consumer or producer that nobody would stop', async () => {
    const transport = kafkajsTransport({ brokers: [address()] });
    await transport.close();
    const closed = { code: 'BROKER_UNREACHABLE', message: expect.stringContaining(CLOSED) as string };
    await expect(transport.connect({ timeoutMs: 1_000 })).rejects.toMatchObject(closed);
    await expect(transport.admin.describeTopics(['t'])).rejects.toMatchObject(closed);
    expect(() => transport.createProducer({ requestTimeoutMs: 1_000 })).toThrow(CLOSED);
    expect(accepted).toEqual([]);
  });
});
