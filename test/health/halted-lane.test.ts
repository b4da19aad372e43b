import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { KafkaManager, consume, defineHandler, kafkaConfig, silentLogger } from '../../src/index.ts';
import { kafkaMetrics } from '../../src/metrics/index.ts';
import { scrape } from '../metrics/scrape.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { ScriptedTransport, assigned, batchOf } from '../support/scripted-transport.ts';
import { servers } from './servers.ts';

test('a lane that halts is seen, decided on by POST without a restart, and goes on', async () => {
  const clock = new ManualClock();
  const transport = new ScriptedTransport();
  transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  const registry = new Registry();
  const metrics = kafkaMetrics({ registry, clock, eventLoopDelay: false });
  let isMended = false;
  const orders = defineHandler({
    topic: 'orders',
    ordering: 'unordered',
    retry: { maxAttempts: 1, onExhausted: 'halt' },
    handle(_bytes, { record }) {
      if (record.offset === 1 && !isMended) throw new TypeError('no');
      return consume();
    },
  });
  const manager = new KafkaManager(kafkaConfig({ enabled: true, groupId: 'billing', autoOffsetReset: 'earliest' }), {
    transport,
    clock,
    logger: silentLogger,
    observers: [metrics.observer],
  }).register(orders);
  metrics.bind(manager);
  const starting = manager.start();
  await clock.settle();
  await starting;
  await using served = await servers['node:http']!(manager, {
    clock,
    stalls: { longestMs: () => 0 },
    operations: { authorize: () => true },
  });
  const post = (path: string, body: object): Promise<Response> =>
    served.fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  expect((await served.fetch('/health/ready')).status).toBe(200);

  transport.batch(batchOf(0, 4, { epoch: 1, highWatermark: 6, lastStableOffset: 5 }));
  await clock.advance(1_000);
  const ready = await served.fetch('/health/ready');
  expect([ready.status, await ready.json()]).toEqual([
    503,
    { ok: false, reasons: ['orders/0/1 holds its lane until somebody decides: RECORD_EXHAUSTED'] },
  ]);
  expect((await served.fetch('/health/live')).status).toBe(200);
  const halted = await scrape(registry);
  expect(halted.get('halted_lanes{partition="0",topic="orders"}')).toBe(1);
  expect(halted.get('lane_halts_total{code="RECORD_EXHAUSTED",topic="orders"}')).toBe(1);
  expect(halted.get('lag_records{partition="0",topic="orders"}')).toBe(4);

  const place = { topic: 'orders', partition: 0, offset: 1 };
  expect((await post('/halted/retry', { ...place, offset: 2 })).status).toBe(404);
  // Its handler has no dead letters.
  expect((await post('/halted/dead-letter', place)).status).toBe(409);
  isMended = true;
  const resumed = await post('/halted/retry', place);
  expect([resumed.status, await resumed.json()]).toEqual([200, { resumed: 1 }]);
  await clock.advance(1_000);
  expect((await served.fetch('/health/ready')).status).toBe(200);
  const mended = await scrape(registry);
  expect(mended.get('halted_lanes{partition="0",topic="orders"}')).toBe(0);
  expect(mended.get('lane_resumes_total{by="retry",topic="orders"}')).toBe(1);
  expect(mended.get('lag_records{partition="0",topic="orders"}')).toBe(1);

  const stopping = manager.stop();
  await clock.settle();
  await stopping;
});
