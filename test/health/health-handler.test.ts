import { describe, expect, test, vi } from 'vitest';
import { KafkaError } from '../../src/errors.ts';
import { healthHandler } from '../../src/health/index.ts';
import type { HealthHandlerOptions, ProbedManager } from '../../src/health/index.ts';
import { servers } from './servers.ts';
import { toldConsumer, toldHealth, toldPartition } from './told-health.ts';

const clock = { now: () => 1_000_000, setTimer: () => ({ cancel: () => {} }), yield: () => {} };
const stalls = { longestMs: () => 0 };
const quiet: HealthHandlerOptions = { clock, stalls };

function manager(differing: object = {}): ProbedManager & { health: () => never } {
  return { health: () => toldHealth(differing) as never };
}

const haltedHealth = {
  consumer: toldConsumer({ partitions: [toldPartition({ phase: 'halted', halted: { code: 'OFFSET_OUT_OF_RANGE', message: 'gone' } })] }),
};

describe.for(Object.entries(servers))('%s', ([name, serve]) => {
  test('all is well: 200, JSON, never cached', async () => {
    await using served = await serve(manager(), quiet);
    for (const path of ['/health/live', '/health/ready', '/health/ready/', '/health/live?verbose']) {
      const response = await served.fetch(path);
      expect([path, response.status]).toEqual([path, 200]);
      expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(await response.json()).toEqual({ ok: true, reasons: [] });
    }
  });

  test('what stands still is not ready, but alive; the details tell both', async () => {
    await using served = await serve(manager(haltedHealth), quiet);
    const ready = await served.fetch('/health/ready');
    expect([ready.status, await ready.json()]).toEqual([503, { ok: false, reasons: ['orders/0 is halted: OFFSET_OUT_OF_RANGE'] }]);
    expect((await served.fetch('/health/live')).status).toBe(200);
    const details = await served.fetch('/health');
    expect(details.status).toBe(503);
    expect(await details.json()).toMatchObject({
      ok: false,
      live: { ok: true },
      ready: { ok: false },
      health: { state: 'running', consumer: { groupId: 'g', partitions: [{ topic: 'orders', phase: 'halted' }] } },
    });
  });

  test('HEAD has no body; another method is refused, with what is taken', async () => {
    await using served = await serve(manager(haltedHealth), quiet);
    const head = await served.fetch('/health/ready', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([503, '']);
    const posted = await served.fetch('/health/ready', { method: 'POST' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  test('other paths are not ours, and operations do not exist unless asked for', async () => {
    await using served = await serve(manager(), quiet);
    for (const path of ['/health/nothing', '/health/constructor']) expect((await served.fetch(path)).status).toBe(404);
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"topic":"orders","partition":0}' };
    expect((await served.fetch('/halted/retry', init)).status).toBe(404);
  });

  describe('operations', () => {
    const post = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'secret', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const place = { topic: 'orders', partition: 0 };

    async function operated(): Promise<{
      served: Awaited<ReturnType<typeof serve>>;
      retryHalted: ReturnType<typeof vi.fn>;
      deadLetterHalted: ReturnType<typeof vi.fn>;
    }> {
      const retryHalted = vi.fn(() => 2);
      const deadLetterHalted = vi.fn(async () => true);
      const served = await serve({ ...manager(), retryHalted, deadLetterHalted } as never, {
        ...quiet,
        operations: { authorize: async ({ header }) => header('Authorization') === 'secret' },
      });
      return { served, retryHalted, deadLetterHalted };
    }

    test('retry: the lanes that go on, or 404', async () => {
      const { served, retryHalted } = await operated();
      await using _served = served;
      const response = await served.fetch('/halted/retry', post({ ...place, offset: 7 }));
      expect([response.status, await response.json()]).toEqual([200, { resumed: 2 }]);
      expect(retryHalted).toHaveBeenCalledExactlyOnceWith({ ...place, offset: 7 });
      retryHalted.mockReturnValue(0);
      const nothing = await served.fetch('/halted/retry', post(place));
      expect([nothing.status, await nothing.json()]).toEqual([404, { error: 'nothing is halted there', held: true, ...place }]);
      const elsewhere = await served.fetch('/halted/retry', post({ ...place, partition: 5 }));
      expect([elsewhere.status, await elsewhere.json()]).toEqual([
        404,
        { error: 'this process does not hold the partition', held: false, ...place, partition: 5 },
      ]);
      retryHalted.mockImplementation(() => {
        throw new KafkaError('HANDLER_MISSING', 'not consumed here');
      });
      const unknown = await served.fetch('/halted/retry', post(place));
      expect([unknown.status, await unknown.json()]).toEqual([404, { error: 'not consumed here', code: 'HANDLER_MISSING' }]);
    });

    test('dead letter: one record; why it could not be is told', async () => {
      const { served, deadLetterHalted } = await operated();
      await using _served = served;
      const response = await served.fetch('/halted/dead-letter', post({ ...place, offset: 7 }));
      expect([response.status, await response.json()]).toEqual([200, { deadLettered: { ...place, offset: 7 } }]);
      expect(deadLetterHalted).toHaveBeenCalledExactlyOnceWith({ ...place, offset: 7 });
      expect((await served.fetch('/halted/dead-letter', post(place))).status).toBe(400);
      deadLetterHalted.mockResolvedValue(false);
      expect((await served.fetch('/halted/dead-letter', post({ ...place, offset: 7 }))).status).toBe(404);
      deadLetterHalted.mockRejectedValue(new KafkaError('HANDLER_INVALID', 'no dead letters'));
      const refused = await served.fetch('/halted/dead-letter', post({ ...place, offset: 7 }));
      expect([refused.status, await refused.json()]).toEqual([409, { error: 'no dead letters', code: 'HANDLER_INVALID' }]);
      deadLetterHalted.mockRejectedValue(new TypeError('inner secret'));
      const broken = await served.fetch('/halted/dead-letter', post({ ...place, offset: 7 }));
      expect(broken.status).toBe(500);
      expect(await broken.text()).not.toContain('secret');
    });

    test('without authorization nothing is done', async () => {
      const { served, retryHalted, deadLetterHalted } = await operated();
      await using _served = served;
      for (const path of ['/halted/retry', '/halted/dead-letter']) {
        expect((await served.fetch(path, post({ ...place, offset: 1 }, { authorization: 'guess' }))).status).toBe(403);
        expect((await served.fetch(path)).status).toBe(405);
      }
      expect(retryHalted).not.toHaveBeenCalled();
      expect(deadLetterHalted).not.toHaveBeenCalled();
    });

    test.for<[string, unknown]>([
      ['no JSON', '{'],
      ['no object', [1]],
      ['no topic', { partition: 0 }],
      ['a negative partition', { topic: 'orders', partition: -1 }],
      ['a partition that is text', { topic: 'orders', partition: '0' }],
      ['half an offset', { ...place, offset: 0.5 }],
      ['a word too many', { ...place, all: true }],
    ])('%s: 400, and nothing is done', async ([, body]) => {
      const { served, retryHalted } = await operated();
      await using _served = served;
      expect((await served.fetch('/halted/retry', post(body))).status).toBe(400);
      expect(retryHalted).not.toHaveBeenCalled();
    });

    test('a body that is too long, or not said to be JSON', async () => {
      const { served, retryHalted } = await operated();
      await using _served = served;
      const isParsedBefore = name.includes('parser') || name.startsWith('Fastify');
      const long = await served.fetch('/halted/retry', post(`${JSON.stringify(place)}${' '.repeat(20_000)}`));
      // A body parser of the application's has a limit of its own.
      expect(long.status).toBe(isParsedBefore ? 200 : 413);
      retryHalted.mockClear();
      expect((await served.fetch('/halted/retry', post(place, { 'content-type': 'text/plain' }))).status).toBe(415);
      expect(retryHalted).not.toHaveBeenCalled();
    });
  });
});

test('as middleware it lets other paths pass, here as with Express', async () => {
  await using served = await servers['Express 5']!(manager(), quiet);
  expect(await (await served.fetch('/other')).text()).toBe('mine');
});

test('a base path for servers without mounting', async () => {
  await using served = await servers['node:http']!(manager(), { ...quiet, basePath: '/kafka' });
  expect((await served.fetch('/kafka/health/live')).status).toBe(200);
  expect((await served.fetch('/health/live')).status).toBe(404);
  expect((await served.fetch('/kafkahealth/live')).status).toBe(404);
});

test('health that throws is 500, without a word of it', async () => {
  const broken = {
    health: () => {
      throw new Error('inner secret');
    },
  };
  await using served = await servers['node:http']!(broken, quiet);
  const response = await served.fetch('/health/live');
  expect([response.status, await response.text()]).toEqual([500, '{"error":"the health could not be told"}']);
});

test('an authorize that throws has not said yes', async () => {
  const retryHalted = vi.fn(() => 1);
  const authorize = (): boolean => {
    throw new Error('no directory');
  };
  await using served = await servers['node:http']!(
    { ...manager(), retryHalted, deadLetterHalted: async () => true },
    { ...quiet, operations: { authorize } },
  );
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"topic":"orders","partition":0}' };
  expect((await served.fetch('/halted/retry', init)).status).toBe(403);
  expect(retryHalted).not.toHaveBeenCalled();
});

test.for<[string, unknown, object, RegExp]>([
  ['no manager', {}, {}, /manager is object, expected a KafkaManager/],
  [
    'a name that is none',
    manager(),
    { path: '/kafka' },
    /path is unknown; there are basePath, operations, maxFetchSilenceMs, clock, stalls/,
  ],
  ['a bad base path', manager(), { basePath: 'kafka/' }, /basePath is "kafka\/", expected a path such as/],
  ['no time for silence', manager(), { maxFetchSilenceMs: 0 }, /maxFetchSilenceMs is 0, expected/],
  ['operations of a manager that has none', manager(), { operations: { authorize: () => true } }, /manager is without retryHalted/],
  [
    'operations for everybody',
    { ...manager(), retryHalted: () => 1, deadLetterHalted: async () => true },
    { operations: {} },
    /operations\.authorize is undefined/,
  ],
])('%s is told at once', ([, given, options, message]) => {
  expect(() => healthHandler(given as never, options as never)).toThrow(message);
});
