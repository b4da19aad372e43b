import kafkajs from 'kafkajs';
import { expect } from 'vitest';
import { kafkaTest } from '../../testing/kafka/kafka-test.ts';

kafkaTest('the run has a cluster of two brokers, and a topic whose partitions have both as leaders', async ({ kafka }) => {
  const topic = await kafka.topic({ partitions: 2 });
  const admin = new kafkajs.Kafka({ brokers: [...kafka.brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  expect(topics[0]?.partitions.map(({ leader }) => leader).sort()).toEqual(kafka.nodeIds.slice(0, 2));
  await admin.disconnect();
});

kafkaTest('topics and groups of two tests never meet', async ({ kafka }) => {
  const names = [await kafka.topic(), kafka.topicName(), kafka.groupId(), kafka.groupId()];
  expect(new Set(names).size).toBe(4);
  expect(names[0]).toMatch(/^topics-and-groups-of-two-tests-never-mee-[0-9a-f]{8}-topic-1$/);
});
