import kafkajs from 'kafkajs';
import { expect } from 'vitest';
import { kafkaTest } from '../../testing/kafka/kafka-test.ts';
import { startService } from './running-service.ts';

kafkaTest('the example service handles records on real Kafka, and commits before it ends on SIGTERM', async ({ kafka }) => {
  const client = new kafkajs.Kafka({ brokers: [...kafka.brokers], logLevel: kafkajs.logLevel.NOTHING });
  const admin = client.admin();
  const producer = client.producer();
  await Promise.all([admin.connect(), producer.connect()]);
  // The service's topics have fixed names; on a given broker they may exist already.
  await admin.createTopics({ topics: ['user-events', 'messages'].map((topic) => ({ topic, numPartitions: 1 })), waitForLeaders: true });
  const groupId = kafka.groupId();
  await using service = startService({
    KAFKA_ENABLED: 'true',
    KAFKA_BROKERS: kafka.brokers.join(','),
    KAFKA_CONSUMER_GROUP_ID: groupId,
    // Long: what is committed at the end was committed by the stop.
    KAFKA_COMMIT_INTERVAL_MS: '60000',
  });
  await service.printed('Kafka manager started');
  await producer.send({
    topic: 'user-events',
    messages: [{ value: 'not JSON' }, { value: JSON.stringify({ type: 'login', userId: 'u1', timestamp: Date.now() }) }],
  });
  // Both stand in one batch: when the first is rejected, the second is handled before a signal can come.
  await service.printed('"topic":"user-events"');
  await producer.send({
    topic: 'messages',
    messages: [{ value: 'hello' }, { value: ' ' }, { value: Buffer.of(0xff) }, { value: 'grüß dich' }],
  });
  await service.printed('message: grüß dich');
  service.signal('SIGTERM');
  expect(await service.exited).toBe(0);
  for (const reason of ['decode-failed', 'empty-message']) expect(service.output).toContain(reason);
  const committed = await admin.fetchOffsets({ groupId, topics: ['user-events', 'messages'] });
  for (const { topic, partitions } of committed) {
    const [end] = await admin.fetchTopicOffsets(topic);
    expect([topic, partitions[0]?.offset]).toEqual([topic, end?.high]);
  }
  await admin.deleteTopics({ topics: ['user-events', 'messages'] });
  await Promise.all([admin.disconnect(), producer.disconnect()]);
});
