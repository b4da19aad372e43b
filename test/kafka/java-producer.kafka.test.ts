import kafkajs from 'kafkajs';
import { expect } from 'vitest';
import { kafkaTest } from '../../testing/kafka/kafka-test.ts';
import { produceWithJava } from '../../testing/kafka/java-producer.ts';

kafkaTest("Kafka's Java client writes batches of every codec, committed and aborted transactions", async ({ kafka }) => {
  const topic = await kafka.topic();
  const records = [{ key: 'a', value: 'one', timestamp: 5, headers: [['h', null]] as const }, { key: null, value: null }, { value: '' }];
  const codecs = (['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const).map((compression) => ({ topic, compression, records }));
  const places = await produceWithJava(
    kafka,
    ...codecs,
    { topic, records, transactional: 'abort' },
    { topic, records, transactional: 'commit' },
  );
  expect(places.map((job) => job.map(({ offset }) => offset))).toEqual([
    [0, 1, 2],
    [3, 4, 5],
    [6, 7, 8],
    [9, 10, 11],
    [12, 13, 14],
    [15, 16, 17],
    [19, 20, 21], // 18 and 22 are the markers
  ]);
  const admin = new kafkajs.Kafka({ brokers: [...kafka.brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  expect(await admin.fetchTopicOffsets(topic)).toMatchObject([{ high: '23' }]);
  await admin.disconnect();
});
