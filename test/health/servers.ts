/** The health handler behind real servers, each as its users would put it there. */
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { fetchHealthHandler, healthHandler } from '../../src/health/index.ts';
import type { HealthHandlerOptions, ProbedManager } from '../../src/health/index.ts';

export interface Served extends AsyncDisposable {
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
}

type Serve = (manager: ProbedManager, options?: HealthHandlerOptions) => Promise<Served>;

async function listen(server: Server): Promise<Served> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    fetch: (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const servers: Readonly<Record<string, Serve>> = {
  'node:http': (manager, options) => listen(createServer(healthHandler(manager, options))),
  'Express 5': (manager, options) => {
    const app = express();
    app.use(healthHandler(manager, options));
    app.get('/other', (_request, response) => void response.send('mine'));
    return listen(createServer(app as RequestListener));
  },
  'Express 5, behind its body parser, mounted': async (manager, options) => {
    const app = express();
    app.use(express.json());
    app.use('/kafka', healthHandler(manager, options));
    const served = await listen(createServer(app as RequestListener));
    return { ...served, fetch: (path, init) => served.fetch(`/kafka${path}`, init) };
  },
  'Fastify 5': async (manager, options) => {
    const app = fastify();
    const health = healthHandler(manager, options);
    app.all('/*', (request, reply) => {
      reply.hijack();
      health(Object.assign(request.raw, { body: request.body }), reply.raw);
    });
    await app.ready();
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    return {
      fetch: (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init),
      [Symbol.asyncDispose]: async () => {
        app.server.closeAllConnections();
        await app.close();
      },
    };
  },
  'Hono 4': async (manager, options) => {
    const app = new Hono();
    const health = fetchHealthHandler(manager, options);
    app.all('/health/*', (context) => health(context.req.raw));
    app.all('/halted/*', (context) => health(context.req.raw));
    return { fetch: async (path, init) => app.request(path, init), [Symbol.asyncDispose]: async () => {} };
  },
};
