/** Messages in docs/usage.md that need a real broker to be seen. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { KafkaConfigInput } from '../../src/index.ts';
import { KafkaManager, consume, defineHandler, kafkaConfig, silentLogger } from '../../src/index.ts';
import { kafkaTest } from '../../testing/kafka/kafka-test.ts';
import { whyNoJvm } from '../../testing/kafka/jvm.ts';
import { DEFAULT_KAFKA_VERSION, startRealKafka } from '../../testing/kafka/real-kafka.ts';

const missing = await whyNoJvm(DEFAULT_KAFKA_VERSION);

async function shown(message: string): Promise<boolean> {
  const page = await readFile(join(import.meta.dirname, '../../docs/usage.md'), 'utf8');
  return page.includes(`\n\`\`\`text\n${message}\n\`\`\`\n`);
}

/** What the start of a manager for the topic rejects with. */
async function startError(topic: string, input: KafkaConfigInput): Promise<{ readonly code: string; readonly message: string }> {
  const manager = new KafkaManager(kafkaConfig({ enabled: true, groupId: 'docs', ...input }), { logger: silentLogger });
  manager.register(defineHandler({ topic, handle: () => consume() }));
  return manager.start().then(
    async () => {
      await manager.stop();
      return { code: 'none', message: 'started' };
    },
    (error: { readonly code: string; readonly message: string }) => error,
  );
}

kafkaTest('an unknown topic', async ({ kafka }) => {
  const topic = kafka.topicName();
  const { code, message } = await startError(topic, { brokers: kafka.brokers });
  expect(code).toBe('UNKNOWN_TOPIC');
  expect(await shown(message.replace(topic, 'orders')), message).toBe(true);
});

test('wrong credentials, and none', async ({ skip }) => {
  if (missing !== null) skip(missing);
  const kafka = await startRealKafka({ source: 'jvm', sasl: { username: 'orders', password: 'right' } });
  try {
    const { brokers } = kafka;
    const wrong = await startError('orders', { brokers, sasl: { mechanism: 'plain', username: 'orders', password: 'wrong' } });
    expect(wrong.code).toBe('AUTHENTICATION_FAILED');
    expect(await shown(wrong.message), wrong.message).toBe(true);
    const none = await startError('orders', { brokers });
    expect(none.code).toBe('BROKER_UNREACHABLE');
    expect(await shown(none.message.replace(brokers[0] ?? '', 'broker:9092')), none.message).toBe(true);
  } finally {
    await kafka.stop();
  }
});
