import net from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WitnessClient } from '../../testing/kafka/witness/witness-client.ts';

let server: net.Server;
let connections: net.Socket[];

beforeEach(async () => {
  connections = [];
  server = net.createServer((socket) => connections.push(socket.on('error', () => undefined).resume()));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});
afterEach(() => new Promise((resolve) => void server.close(resolve)));

test('a witness that is closed while it asks tells so, and does not go on to the next broker, which nobody would close', async () => {
  const address = `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
  const witness = new WitnessClient([address, address.replace('127.0.0.1', 'localhost')]);
  const read = witness.readRecords('t').catch((error: unknown) => error);
  witness.close();
  expect(await read).toMatchObject({ code: 'BROKER_UNREACHABLE', message: 'The witness was closed.' });
  expect(await witness.readRecords('t').catch((error: unknown) => error)).toMatchObject({ message: 'The witness was closed.' });
  expect(connections.filter((socket) => !socket.destroyed && !socket.readableEnded)).toEqual([]);
});
