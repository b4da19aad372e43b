import { expect } from 'vitest';
import { kafkaConfig } from '../../src/config/create-kafka-config.ts';
import type { KafkaConfigInput } from '../../src/config/kafka-config.ts';
import { silentLogger } from '../../src/logger.ts';
import { KafkaManager } from '../../src/manager.ts';
import type { RecordProducer } from '../../src/producer/record-producer.ts';
import { produceWithJava } from '../../testing/kafka/java-producer.ts';
import { kafkaTest } from '../../testing/kafka/kafka-test.ts';

/** A producer on the real broker, as an application gets it; stopped with its manager. */
async function withProducer(
  kafka: { readonly brokers: readonly string[] },
  config: KafkaConfigInput['producer'],
  use: (producer: RecordProducer) => Promise<void>,
): Promise<void> {
  const manager = new KafkaManager(kafkaConfig({ enabled: true, brokers: kafka.brokers, producer: config }), { logger: silentLogger });
  await manager.start();
  try {
    await use(manager.producer());
  } finally {
    await manager.stop();
  }
}

kafkaTest("keys go to the partitions that Kafka's Java client chooses", async ({ kafka }) => {
  const topic = await kafka.topic({ partitions: 7 });
  const keys = [...Array.from({ length: 100 }, (_, index) => `user-${index}`), '', 'ä', 'ключ', '日本語のキー', '👍🏽', 'x'.repeat(5_000)];
  const [byJava] = await produceWithJava(kafka, { topic, records: keys.map((key) => ({ key, value: '' })) });
  await withProducer(kafka, {}, async (producer) => {
    const ours = await Promise.all(keys.map((key) => producer.send(topic, { key, value: '' })));
    expect(ours.map(({ partition }) => partition)).toEqual(byJava?.map(({ partition }) => partition));
    expect(new Set(ours.map(({ partition }) => partition)).size).toBe(7);
  });
});

kafkaTest('concurrent sends get their places: in order, without gap, none twice', async ({ kafka }) => {
  const topic = await kafka.topic({ partitions: 2 });
  await withProducer(kafka, {}, async (producer) => {
    const sent = await Promise.all(
      Array.from({ length: 20_000 }, (_, index) => producer.send(topic, { value: `${index}`, partition: index % 2 })),
    );
    expect(sent.map(({ partition, offset }) => [partition, offset])).toEqual(sent.map((_, index) => [index % 2, index >> 1]));
  });
});

kafkaTest('a record that is too large for the topic fails alone', async ({ kafka }) => {
  const topic = await kafka.topic({ configs: { 'max.message.bytes': '20000' } });
  await withProducer(kafka, {}, async (producer) => {
    // Together far above the limit as well, so that the batch is split for several reasons.
    const lengths = Array.from({ length: 40 }, (_, index) => (index === 13 ? 30_000 : 2_000));
    const sent = await Promise.allSettled(lengths.map((length) => producer.send(topic, { value: Buffer.alloc(length) })));
    expect(sent.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []))).toEqual([13]);
    expect(sent[13]).toMatchObject({
      reason: { code: 'PRODUCE_FAILED', kafkaCode: 'MESSAGE_TOO_LARGE', details: { maybeWritten: false } },
    });
    expect(
      sent.filter(({ status }) => status === 'fulfilled').map((one) => (one as PromiseFulfilledResult<{ offset: number }>).value.offset),
    ).toEqual(Array.from({ length: 39 }, (_, offset) => offset));
  });
});

kafkaTest('a topic that does not exist, and a partition that does not, are told at once', async ({ kafka }) => {
  const topic = await kafka.topic();
  await withProducer(kafka, {}, async (producer) => {
    await expect(producer.send(kafka.topicName(), { value: 'x' })).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' });
    await expect(producer.send(topic, { value: 'x', partition: 5 })).rejects.toMatchObject({
      code: 'RECORD_INVALID',
      message: expect.stringContaining('partition is 5, expected 0 to 0'),
    });
  });
});
