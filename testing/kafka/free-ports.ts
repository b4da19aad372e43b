import { createServer } from 'node:net';
import type { Server } from 'node:net';

/** Below Linux's range for outgoing connections (32768 and up): a port of that range can be taken between our look and the broker's bind. */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;
const ATTEMPTS = 200;

/** Ports of 127.0.0.1 that are free now, chosen at random so that parallel runs seldom meet; the caller retries when one was taken meanwhile. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const held: { readonly port: number; readonly server: Server }[] = [];
  try {
    for (let attempt = 0; held.length < count; attempt++) {
      if (attempt === ATTEMPTS) throw new Error(`found only ${held.length} of ${count} free ports between ${FIRST_PORT} and ${LAST_PORT}`);
      const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
      const server = await hold(port);
      if (server !== null) held.push({ port, server });
    }
    return held.map(({ port }) => port);
  } finally {
    await Promise.all(held.map(({ server }) => new Promise<void>((resolve) => server.close(() => resolve()))));
  }
}

function hold(port: number): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
