import { expect, test } from 'vitest';
import { kafkaConfig } from '../../src/config/create-kafka-config.ts';
import { completeConsumerOptions } from '../../src/consumer/consumer-options.ts';

test('a consumer alone does what one of a manager does, where nothing else is said', () => {
  const alone = completeConsumerOptions({ groupId: 'billing' });
  const config = kafkaConfig({});
  const both = Object.keys(alone).filter((name) => name !== 'groupId' && name in config) as (keyof typeof alone & keyof typeof config)[];
  expect(both.length).toBeGreaterThan(9);
  for (const name of both) expect([name, alone[name]]).toEqual([name, config[name]]);
});

test('the times follow from the session, as in the configuration', () => {
  for (const sessionTimeoutMs of [6_000, 30_000, 600]) {
    const { heartbeatIntervalMs, requestTimeoutMs, maxWaitTimeMs } = kafkaConfig({ sessionTimeoutMs });
    expect(completeConsumerOptions({ groupId: 'billing', sessionTimeoutMs })).toMatchObject({
      heartbeatIntervalMs,
      requestTimeoutMs,
      maxWaitTimeMs,
    });
  }
  expect(completeConsumerOptions({ groupId: 'billing', heartbeatIntervalMs: 500 })).toMatchObject({
    heartbeatIntervalMs: 500,
    requestTimeoutMs: 5_000,
  });
});
