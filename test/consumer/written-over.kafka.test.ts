import { Kafka, logLevel } from 'kafkajs';
import { expect, test } from 'vitest';
import { consume } from '../../src/action.ts';
import { kafkaConfig } from '../../src/config/create-kafka-config.ts';
import { defineHandler } from '../../src/define-handler.ts';
import { silentLogger } from '../../src/logger.ts';
import { KafkaManager } from '../../src/manager.ts';
import { kafkajsTransport } from '../../src/transports/kafkajs/index.ts';
import { whyNoJvm } from '../../testing/kafka/jvm.ts';
import { DEFAULT_KAFKA_VERSION, startRealKafka } from '../../testing/kafka/real-kafka.ts';
import { until } from '../transports/kafkajs/support/until.ts';

const missing = await whyNoJvm(DEFAULT_KAFKA_VERSION);

/** Node 1 has the controller and the offsets of the groups; the topic is on 2 and 3, and whoever is left leads it. */
test('what an unclean leader wrote over while nothing was fetched is not passed by: the partition is halted', async ({ skip }) => {
  if (missing !== null) skip(missing);
  const kafka = await startRealKafka({ source: 'jvm', nodes: 3 });
  const client = new Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING });
  const admin = client.admin();
  const transport = kafkajsTransport({ brokers: kafka.brokers, requestTimeoutMs: 5_000 });
  const producer = transport.createProducer({ requestTimeoutMs: 5_000 });
  const write = async (value: string): Promise<boolean> => {
    const records = [{ key: null, value: Buffer.from(value), headers: [], timestamp: Date.now() }];
    return (await producer.produce([{ topic: 'orders', partition: 0, records }]))[0]?.outcome === 'acknowledged';
  };
  const isrIs = async (expected: readonly number[]): Promise<boolean> => {
    const { topics } = await admin.fetchTopicMetadata({ topics: ['orders'] });
    return JSON.stringify(topics[0]?.partitions[0]?.isr.toSorted()) === JSON.stringify(expected);
  };
  const done: string[] = [];
  const handler = defineHandler({
    topic: 'orders',
    handle: (_, { record }) => {
      done.push(`${record.offset} ${Buffer.from(record.value ?? []).toString()}`);
      return consume();
    },
  });
  const config = kafkaConfig({ enabled: true, brokers: kafka.brokers, groupId: 'billing', autoOffsetReset: 'earliest' });
  const manager = new KafkaManager(config, { logger: silentLogger }).register(handler);
  const committed = async (): Promise<number | null | undefined> =>
    (await transport.admin.committedOffsets('billing', ['orders']))[0]?.offset;
  try {
    await admin.connect();
    await admin.createTopics({
      topics: [
        {
          topic: 'orders',
          replicaAssignment: [{ partition: 0, replicas: [2, 3] }],
          configEntries: [
            { name: 'unclean.leader.election.enable', value: 'true' },
            { name: 'min.insync.replicas', value: '1' },
          ],
        },
      ],
    });
    for (let offset = 0; offset < 2; offset += 1) await until(() => write(`both ${offset}`), `record ${offset}`);
    await manager.start();
    await kafka.stopNode(3);
    await until(() => isrIs([2]), 'the follower to be out of sync');
    for (let offset = 2; offset < 5; offset += 1) await until(() => write(`one ${offset}`), `record ${offset}`);
    await until(() => done.length >= 5, 'what both have, and what only one has');
    await until(async () => (await committed()) === done.length, 'the commit');
    const read = done.length;

    manager.pause([{ topic: 'orders' }]);
    await kafka.stopNode(2);
    // It waits for all brokers to be there, and one is not.
    void kafka.startNode(3).catch(() => {});
    await until(() => isrIs([3]), 'the replica that lacks the end to lead');
    for (let more = 0; more < read; more += 1) await until(() => write(`over ${more}`), 'a record over what was there');
    await kafka.startNode(2);
    manager.resume([{ topic: 'orders' }]);
    await until(() => manager.health().consumer?.partitions[0]?.phase === 'halted', 'the halt');
    const partition = manager.health().consumer?.partitions[0];
    expect(partition?.halted).toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
    expect(partition?.halted?.message).toContain(`orders/0: its records from offset 2 to ${read - 1} were written over`);
    expect(done).toHaveLength(read);
    expect(await committed()).toBe(read);
  } finally {
    await manager.stop();
    await admin.disconnect();
    await producer.close();
    await transport.close();
    await kafka.stop();
  }
});
