import { expect } from 'vitest';
import { skip as skipRecord } from '../../src/action.ts';
import { kafkaConfig } from '../../src/config/create-kafka-config.ts';
import { defineHandler } from '../../src/define-handler.ts';
import { silentLogger } from '../../src/logger.ts';
import { KafkaManager } from '../../src/manager.ts';
import type { Observation } from '../../src/observation.ts';
import { kafkajsTest as test, numbered, write } from '../transports/kafkajs/support/kafkajs-test.ts';
import { until } from '../transports/kafkajs/support/until.ts';

const HOUR_MS = 3_600_000;

test('lag of a paused partition up to an open transaction, and the time that the topic’s retention leaves', async ({
  kafka,
  plain,
  transport,
}) => {
  const [topic, groupId, here] = [
    await kafka.topic({ partitions: 2, configs: { 'retention.ms': String(2 * HOUR_MS) } }),
    kafka.groupId(),
    transport(),
  ];
  const observations: Observation[] = [];
  const config = kafkaConfig({ enabled: true, brokers: kafka.brokers, groupId, autoOffsetReset: 'earliest', lagIntervalMs: 200 });
  const manager = new KafkaManager(config, { logger: silentLogger, observers: [(each) => void observations.push(each)] });
  manager.register(defineHandler({ topic, handle: () => skipRecord('later', { retryAfterMs: HOUR_MS }) }));
  await manager.start();
  const health = (partition: number) => manager.health().consumer?.partitions.find((each) => each.partition === partition);
  await until(() => health(1)?.lag === 0, 'the lag of an idle partition');
  expect(health(1)).toMatchObject({ retentionHeadroomMs: null, retentionBySize: false });

  manager.pause([{ topic, partition: 1 }]);
  await write(here, topic, 1, ...numbered('v', 4));
  const producer = plain().producer({ transactionalId: groupId, idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: [{ partition: 1, value: 'open' }] });
  await until(() => (health(1)?.lag ?? 0) >= 4, 'the lag of a paused partition');
  expect(health(1)?.lag).toBe(4);
  await transaction.abort();
  await producer.disconnect();
  await until(() => health(1)?.lag === 6, 'the aborted record and its marker');

  await write(here, topic, 0, 'now');
  await until(() => health(0)?.retentionHeadroomMs != null, 'the headroom');
  expect(health(0)?.retentionHeadroomMs).toBeGreaterThan(1.9 * HOUR_MS);
  expect(health(0)?.retentionHeadroomMs).toBeLessThanOrEqual(2 * HOUR_MS);
  expect(observations.some(({ kind }) => kind === 'retention-near')).toBe(false);
  await manager.stop({ deadlineMs: 1_000 });
});
