import { Registry } from 'prom-client';
import { expect } from 'vitest';
import { liveness, readiness } from '../../src/health/index.ts';
import { KafkaManager, consume, defineHandler, kafkaConfig, reject, silentLogger, systemClock } from '../../src/index.ts';
import { kafkaMetrics } from '../../src/metrics/index.ts';
import { kafkaTest } from '../../testing/kafka/kafka-test.ts';
import { until } from '../transports/kafkajs/support/until.ts';
import { scrape } from './scrape.ts';

kafkaTest('metrics and health of a consumer on real Kafka are what it did', async ({ kafka }) => {
  const topic = await kafka.topic();
  const registry = new Registry();
  const metrics = kafkaMetrics({ registry });
  const handler = defineHandler({ topic, handle: (_value, { record }) => (record.offset % 10 === 0 ? reject('tenth') : consume()) });
  const config = kafkaConfig({ enabled: true, brokers: [...kafka.brokers], groupId: kafka.groupId(), autoOffsetReset: 'earliest' });
  await using manager = new KafkaManager(config, { logger: silentLogger, observers: [metrics.observer] }).register(handler);
  metrics.bind(manager);
  expect(readiness(manager.health())).toEqual({ ok: false, reasons: ['the manager is new'] });
  await manager.start();
  await Promise.all(
    Array.from({ length: 100 }, (_, key) => manager.producer().send(topic, { key: String(key), value: 'v', partition: 0 })),
  );
  const partition = `{partition="0",topic="${topic}"}`;
  await until(async () => (await scrape(registry)).get(`committed_offset${partition}`) === 100, 'a hundred committed records');
  const series = await scrape(registry);
  expect(series.get(`records_total{action="consume",topic="${topic}"}`)).toBe(90);
  expect(series.get(`records_total{action="reject",reason="tenth",topic="${topic}"}`)).toBe(10);
  expect(series.get(`handler_duration_seconds_count{outcome="answered",topic="${topic}"}`)).toBe(100);
  expect(series.get(`lag_records${partition}`)).toBe(0);
  expect(series.get('running')).toBe(1);
  const turnedAt = (): number => manager.health().consumer?.fetchTurnedAt ?? 0;
  const before = turnedAt();
  expect(before).toBeGreaterThan(systemClock.now() - 60_000);
  await until(() => turnedAt() > before, 'another turn of the fetch loop, with nothing to fetch');
  expect(readiness(manager.health())).toEqual({ ok: true, reasons: [] });
  expect(liveness(manager.health(), { now: systemClock.now() })).toEqual({ ok: true, reasons: [] });
  await manager.stop();
  expect((await scrape(registry)).get('running')).toBe(0);
  expect([...(await scrape(registry)).keys()].filter((key) => key.startsWith('lag_records'))).toEqual([]);
  metrics.close();
});
