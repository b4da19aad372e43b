import { expect } from 'vitest';
import { consume } from '../../src/action.ts';
import { kafkaConfig } from '../../src/config/create-kafka-config.ts';
import { defineHandler } from '../../src/define-handler.ts';
import { silentLogger } from '../../src/logger.ts';
import { KafkaManager } from '../../src/manager.ts';
import type { Observation } from '../../src/observation.ts';
import { kafkajsTest as test, numbered, write } from '../transports/kafkajs/support/kafkajs-test.ts';
import { until } from '../transports/kafkajs/support/until.ts';

const SESSION_MS = 6_000;

test('a partition that is paused beyond the session, and taken away and given back, stays with its member and paused', async ({
  kafka,
  transport,
}) => {
  const [topic, groupId, here] = [await kafka.topic({ partitions: 2 }), kafka.groupId(), transport()];
  const observations: Observation[] = [];
  const delivered: string[] = [];
  const config = kafkaConfig({ enabled: true, brokers: kafka.brokers, groupId, sessionTimeoutMs: SESSION_MS, autoOffsetReset: 'earliest' });
  const member = (name: string): KafkaManager =>
    new KafkaManager(config, { logger: silentLogger, observers: [(each) => void observations.push(each)], member: name }).register(
      defineHandler({ topic, handle: (_value, { id }) => (delivered.push(id), consume()) }),
    );
  const held = (manager: KafkaManager) => manager.health().consumer?.partitions.map(({ partition }) => partition) ?? [];
  const [first, second] = [member('first'), member('second')];
  await first.start();
  first.pause([{ topic, partition: 0 }]);
  await write(here, topic, 0, ...numbered('v', 3));
  await write(here, topic, 1, ...numbered('v', 3));
  const pausedAt = Date.now();
  await until(() => delivered.length === 3, 'the other partition');
  await until(() => Date.now() - pausedAt > SESSION_MS * 1.5, 'longer than the session', SESSION_MS * 2);
  expect(delivered.every((id) => id.startsWith(`${topic}/1/`))).toBe(true);
  expect(observations.filter(({ kind }) => kind === 'lost' || kind === 'revoked')).toEqual([]);

  // Another member takes one of them over, and goes again.
  await second.start();
  await until(() => held(first).length === 1 && held(second).length === 1, 'one each');
  await second.stop();
  await until(() => held(first).length === 2, 'both again', 30_000);
  const paused = first.health().consumer?.partitions.filter(({ pausedByHand }) => pausedByHand);
  expect(paused).toMatchObject([{ topic, partition: 0, paused: true }]);
  const before = delivered.length;
  await write(here, topic, 0, 'late');
  await write(here, topic, 1, 'late');
  await until(() => delivered.includes(`${topic}/1/3`), 'what is not paused');
  expect(delivered.slice(before).some((id) => id === `${topic}/0/3`)).toBe(false);

  first.resume([{ topic }]);
  await until(() => delivered.includes(`${topic}/0/3`), 'what was paused');
  await first.stop();
  expect((await here.admin.committedOffsets(groupId, [topic])).map(({ offset }) => offset)).toEqual([4, 4]);
});
