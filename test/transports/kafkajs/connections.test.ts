import { once } from 'node:events';
import net from 'node:net';
import { duplexPair } from 'node:stream';
import kafkajs from 'kafkajs';
import type { ISocketFactory } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Clock, Timer } from '../../../src/clock.ts';
import { systemClock } from '../../../src/system-clock.ts';
import { kafkajsTransport } from '../../../src/transports/kafkajs/index.ts';
import { closeConnections } from '../../../src/transports/kafkajs/connections.ts';
import type { Connection, ProtocolRequest } from '../../../src/transports/kafkajs/connections.ts';
import type { ClusterAccess } from '../../../src/transports/kafkajs/kafkajs-internals.ts';
import { openCluster } from '../../../src/transports/kafkajs/kafkajs-internals.ts';

const REASON = 'It was closed.';
const CLOSED = 'The transport was closed.';

/** A listener that takes connections and says nothing, not even goodbye. */
let server: net.Server;
let accepted: net.Socket[];

beforeEach(async () => {
  accepted = [];
  server = net.createServer({ allowHalfOpen: true }, (socket) => accepted.push(socket.on('error', () => undefined).resume()));
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

/** What kafkajs has warned of. */
const warnings: string[] = [];

async function connectionOf(
  socketFactory?: ISocketFactory,
  clock: Clock = systemClock,
): Promise<{ readonly access: ClusterAccess; readonly connection: Connection }> {
  warnings.length = 0;
  const client = new kafkajs.Kafka({
    brokers: [address()],
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => (entry) => warnings.push(entry.log.message),
    requestTimeout: 60_000,
    ...(socketFactory && { socketFactory }),
  });
  const access = openCluster(client, 30_000, clock);
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

function emptyRequest(): ProtocolRequest {
  return {
    request: { apiKey: 3, apiName: 'Metadata', apiVersion: 0, encode: () => ({ buffer: Buffer.alloc(4), buf: Buffer.alloc(4) }) },
    response: { decode: () => null, parse: () => null },
  };
}

describe('a connection of kafkajs', () => {
  test('is made once, whoever asks for it meanwhile', async () => {
    const { access, connection } = await connectionOf();
    const first = connection.connect();
    const socket = socketOf(connection);
    await Promise.all([first, connection.connect()]);
    expect(socketOf(connection)).toBe(socket);
    await expect.poll(() => accepted.length).toBe(1);
    await closeConnections(access, REASON, systemClock);
  });

  test('can be made again after one that failed', async () => {
    const { access, connection } = await connectionOf();
    const attempt = connection.connect();
    socketOf(connection).destroy(new Error('cut'));
    await expect(attempt).rejects.toThrow('cut');
    await expect(connection.connect()).resolves.toBe(true);
    await closeConnections(access, REASON, systemClock);
  });

  test('is kept for as long as its socket: what failed or was closed is not, however often it is made again', async () => {
    const { access, connection } = await connectionOf();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await connection.connect();
      expect([...access.connections]).toEqual([connection]);
      socketOf(connection).destroy(new Error('cut'));
      await expect.poll(() => connection.isConnected()).toBe(false);
      await expect.poll(() => access.connections.size).toBe(0);
    }
    await new Promise((resolve) => {
      server.close(resolve);
      for (const socket of accepted) socket.destroy();
    });
    await expect(connection.connect()).rejects.toThrow('ECONNREFUSED');
    await expect.poll(() => access.connections.size).toBe(0);
  });

  test('that the other side ends before it is open leaves nobody waiting', async () => {
    const [near, far] = duplexPair();
    const socket = Object.assign(near, { setKeepAlive: () => near, unref: () => near });
    const { access, connection } = await connectionOf(() => socket as unknown as net.Socket);
    const attempt = connection.connect();
    far.resume().end();
    await expect(attempt).rejects.toMatchObject({ name: 'KafkaJSConnectionError' });
    await closeConnections(access, REASON, systemClock);
  });

  test('that is open when its cluster is closed leaves no socket and no timer, also when the other side keeps it open', async () => {
    const { access, connection } = await connectionOf();
    await connection.connect();
    expect(hasTimer(connection)).toBe(true);
    await closeConnections(access, REASON, systemClock);
    expect(socketOf(connection).destroyed).toBe(true);
    expect([connection.isConnected(), hasTimer(connection), warnings]).toEqual([false, false, []]);
  });

  test('is closed in both directions before the close is over, where the other side is well', async () => {
    const { access, connection } = await connectionOf();
    await connection.connect();
    await expect.poll(() => accepted.length).toBe(1);
    const ended: string[] = [];
    accepted[0]!.on('end', () => ended.push('end')).on('close', (withError) => ended.push(`close ${withError}`));
    accepted[0]!.allowHalfOpen = false;
    await closeConnections(access, REASON, systemClock);
    await expect.poll(() => ended).toEqual(['end', 'close false']);
    expect([connection.isConnected(), hasTimer(connection), warnings]).toEqual([false, false, []]);
  });

  test('with a request in flight is closed as soon, and its late answer is no warning', async () => {
    const { access, connection } = await connectionOf();
    await connection.connect();
    await expect.poll(() => accepted.length).toBe(1);
    const asked = connection.send(emptyRequest());
    asked.catch(() => {});
    const [request] = (await once(accepted[0]!, 'data')) as [Buffer];
    const closing = closeConnections(access, REASON, systemClock);
    await expect(asked).rejects.toThrow(REASON);
    const answer = Buffer.alloc(8);
    answer.writeInt32BE(4, 0);
    request.copy(answer, 4, 8, 12); // the correlation id
    accepted[0]!.end(answer);
    await closing;
    expect([connection.isConnected(), hasTimer(connection), warnings]).toEqual([false, false, []]);
  });

  test('that the broker throttles leaves no timer either when it is closed, nor one for requests that nobody made', async () => {
    const timers = new Set<Timer>();
    const clock: Clock = {
      ...systemClock,
      setTimer(delayMs, callback) {
        const timer = systemClock.setTimer(delayMs, () => {
          timers.delete(kept);
          callback();
        });
        const kept: Timer = {
          cancel() {
            timers.delete(kept);
            timer.cancel();
          },
        };
        timers.add(kept);
        return kept;
      },
    };
    const { access, connection } = await connectionOf(undefined, clock);
    await connection.connect();
    connection.requestQueue.throttledUntil = clock.now() + 60_000;
    connection.requestQueue.scheduleCheckPendingRequests();
    expect(timers.size).toBe(0);
    const asked = connection.send(emptyRequest());
    const told = expect(asked).rejects.toThrow(REASON);
    await expect.poll(() => timers.size).toBe(1);
    await closeConnections(access, REASON, clock);
    await told;
    expect(timers.size).toBe(0);
  });

  test('that waits for the answer of a log-in tells whoever waits, or kafkajs holds its lock and a timer for each that wants it', async () => {
    const { access, connection } = await connectionOf();
    await connection.connect();
    const logIn = (connection as unknown as { sendAuthRequest(protocol: object): Promise<unknown> }).sendAuthRequest({
      request: { encode: () => Buffer.from('who') },
      response: { decode: () => null, parse: () => null },
    });
    const told = expect(logIn).rejects.toThrow('Connection closed');
    await closeConnections(access, REASON, systemClock);
    await told;
  });

  test('that is being made when its cluster is closed is not', async () => {
    const { access, connection } = await connectionOf();
    const attempt = connection.connect();
    const told = expect(attempt).rejects.toThrow(REASON);
    await closeConnections(access, REASON, systemClock);
    await told;
    expect([connection.isConnected(), hasTimer(connection)]).toEqual([false, false]);
  });

  test('is not made any more once its cluster is closed, and kafkajs is told not to try again', async () => {
    const { access, connection } = await connectionOf();
    await closeConnections(access, REASON, systemClock);
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
