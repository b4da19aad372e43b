import { expect } from 'vitest';
import { consume } from '../../src/action.ts';
import { kafkaConfig } from '../../src/config/create-kafka-config.ts';
import { defineHandler } from '../../src/define-handler.ts';
import type { Handler } from '../../src/handler.ts';
import { silentLogger } from '../../src/logger.ts';
import { KafkaManager } from '../../src/manager.ts';
import type { ManagerDependencies } from '../../src/manager-options.ts';
import { kafkajsTest as test, numbered, write } from '../transports/kafkajs/support/kafkajs-test.ts';
import { until } from '../transports/kafkajs/support/until.ts';

function managerOf(brokers: readonly string[], groupId: string, handler: Handler, given: ManagerDependencies = {}): KafkaManager {
  const config = kafkaConfig({ enabled: true, brokers, groupId, sessionTimeoutMs: 6_000, autoOffsetReset: 'earliest' });
  return new KafkaManager(config, { logger: silentLogger, ...given }).register(handler);
}

test('limits on calls and on the rate hold over all partitions, and everything is committed', async ({ kafka, transport }) => {
  const [topic, groupId, here] = [await kafka.topic({ partitions: 2 }), kafka.groupId(), transport()];
  for (const partition of [0, 1]) await write(here, topic, partition, ...numbered('v', 60));
  const deliveredAt: number[] = [];
  let running = 0;
  let mostRunning = 0;
  const handler = defineHandler({
    topic,
    ordering: 'unordered',
    concurrency: 6,
    rateLimit: { recordsPerSecond: 100, burst: 10 },
    handle: async (_value, { clock }) => {
      deliveredAt.push(clock.now());
      mostRunning = Math.max(mostRunning, ++running);
      await clock.sleep(20);
      running -= 1;
      return consume();
    },
  });
  const manager = managerOf(kafka.brokers, groupId, handler, { limits: { concurrency: 4 } });
  await manager.start();
  await until(
    async () => (await here.admin.committedOffsets(groupId, [topic])).every(({ offset }) => offset === 60),
    'all of it committed',
  );
  await manager.stop();
  expect(deliveredAt).toHaveLength(120);
  expect(mostRunning).toBe(4);
  // A handler reads the clock a little after the bucket did: one record of slack, which is 10 ms.
  const overdrawn = deliveredAt.flatMap((from, first) =>
    deliveredAt.slice(first).flatMap((to, count) => (count + 1 > 11 + ((to - from) * 100) / 1_000 ? [[from, to, count + 1]] : [])),
  );
  expect(overdrawn).toEqual([]);
});

test('a halted lane waits through heartbeats for somebody who decides, and the others go on', async ({ kafka, transport }) => {
  const [topic, groupId, here] = [await kafka.topic(), kafka.groupId(), transport()];
  const target = await kafka.topic({ configs: { 'max.message.bytes': '1056780' } });
  await write(here, topic, 0, 'never', 'later', 'good');
  let isLater = false;
  const done: number[] = [];
  const handler = defineHandler({
    topic,
    ordering: 'unordered',
    deadLetter: { topic: target },
    retry: { initialDelayMs: 20, maxDelayMs: 20, maxAttempts: 2, onExhausted: 'halt' },
    handle: (value, { record }) => {
      const text = new TextDecoder().decode(value ?? undefined);
      if (text === 'never' || (text === 'later' && !isLater)) throw new Error('no luck');
      done.push(record.offset);
      return consume();
    },
  });
  const manager = managerOf(kafka.brokers, groupId, handler);
  const halted = (): number[] =>
    manager.health().consumer?.partitions.flatMap((each) => each.haltedLanes.map(({ offset }) => offset)) ?? [];
  await manager.start();
  await until(() => halted().length === 2 && done.length === 1, 'two halted lanes, and the third record done');
  expect((await here.admin.committedOffsets(groupId, [topic]))[0]).toMatchObject({ offset: 0 });

  isLater = true;
  expect(manager.retryHalted({ topic, partition: 0, offset: 1 })).toBe(1);
  expect(await manager.deadLetterHalted({ topic, partition: 0, offset: 0 })).toBe(true);
  await until(async () => (await here.admin.committedOffsets(groupId, [topic]))[0]?.offset === 3, 'all of it committed');
  await manager.stop();
  expect(done).toEqual([2, 1]);
  expect(await here.admin.listOffsets([{ topic: target, partition: 0 }], 'latest')).toMatchObject([{ offset: 1 }]);
});
