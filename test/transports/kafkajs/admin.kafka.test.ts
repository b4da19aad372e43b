import { describe, expect } from 'vitest';
import { consume } from '../../../src/action.ts';
import { kafkaConfig } from '../../../src/config/create-kafka-config.ts';
import { defineHandler } from '../../../src/define-handler.ts';
import { silentLogger } from '../../../src/logger.ts';
import { KafkaManager } from '../../../src/manager.ts';
import { kafkajsTest as test, numbered, write } from './support/kafkajs-test.ts';
import { RecordingMember } from './support/recording-member.ts';
import { until } from './support/until.ts';

describe('admin', () => {
  test('makes, describes, enlarges and deletes topics; the leaders are as asked', async ({ kafka, transport }) => {
    const [first, second] = kafka.nodeIds as [number, number];
    const [name, { admin }] = [kafka.topicName(), transport()];
    await admin.createTopics([
      { name, partitions: 3, leaders: [second, first, second], configs: { 'message.timestamp.type': 'LogAppendTime' } },
    ]);
    const [described] = await admin.describeTopics([name]);
    expect(described).toEqual({
      name,
      topicId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      partitions: [
        { partition: 0, leader: second },
        { partition: 1, leader: first },
        { partition: 2, leader: second },
      ],
    });
    await expect(admin.createTopics([{ name, partitions: 1 }])).rejects.toMatchObject({
      code: 'TOPIC_ALREADY_EXISTS',
      message: expect.stringContaining(name) as string,
    });
    await admin.createPartitions(name, 5);
    expect((await admin.describeTopics([name]))[0]!.partitions).toHaveLength(5);
    expect((await admin.describeTopics()).map((topic) => topic.name)).toContain(name);
    await admin.deleteTopics([name]);
    await expect(admin.describeTopics([name])).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC', details: { topics: [name] } });
    await expect(admin.deleteTopics([name])).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' });
    await expect(admin.createPartitions(name, 2)).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' });
    await expect(admin.listOffsets([{ topic: name, partition: 0 }], 'latest')).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' });
    await expect(admin.committedOffsets('none', [name])).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' });
  });

  test('lists offsets, also by time, and deletes records', async ({ kafka, transport }) => {
    const [topic, here] = [await kafka.topic({ partitions: 2 }), transport()];
    const producer = here.createProducer({ requestTimeoutMs: 5_000 });
    await producer.partitionCount(topic);
    const at = (timestamp: number) => ({ key: null, value: Buffer.from('v'), headers: [], timestamp });
    await producer.produce([{ topic, partition: 0, records: [at(1_000), at(2_000), at(3_000)] }]);
    const both = [
      { topic, partition: 0 },
      { topic, partition: 1 },
    ];
    expect(await here.admin.listOffsets(both, 'latest')).toEqual([
      { topic, partition: 0, offset: 3 },
      { topic, partition: 1, offset: 0 },
    ]);
    expect(await here.admin.listOffsets(both, { timestampMs: 1_500 })).toEqual([
      { topic, partition: 0, offset: 1 },
      { topic, partition: 1, offset: null },
    ]);
    expect(await here.admin.listOffsets(both, { timestampMs: 0 })).toMatchObject([{ offset: 0 }, { offset: null }]);
    await here.admin.deleteRecords([{ topic, partition: 0, beforeOffset: 2 }]);
    expect(await here.admin.listOffsets(both, 'earliest')).toMatchObject([{ offset: 2 }, { offset: 0 }]);
  });

  test('sets offsets of an empty group quickly, and refuses while it has members', async ({ kafka, transport }) => {
    const [topic, groupId, here] = [await kafka.topic({ partitions: 2 }), kafka.groupId(), transport()];
    await write(here, topic, 0, ...numbered('v', 3));
    const startedAt = performance.now();
    await here.admin.setCommittedOffsets(groupId, [{ topic, partition: 0, offset: 2 }]);
    expect(performance.now() - startedAt).toBeLessThan(2_000); // kafkajs's own: 5.1 s
    expect(await here.admin.committedOffsets(groupId, [topic])).toEqual([
      { topic, partition: 0, offset: 2, metadata: null },
      { topic, partition: 1, offset: null, metadata: null },
    ]);
    expect(await here.admin.describeGroup(groupId)).toEqual({ groupId, state: 'Empty', members: [] });
    const member = new RecordingMember(here, { groupId, topics: [topic] });
    await member.consumer.start();
    await expect(here.admin.setCommittedOffsets(groupId, [{ topic, partition: 0, offset: 0 }])).rejects.toMatchObject({
      code: 'GROUP_NOT_EMPTY',
    });
    const group = await here.admin.describeGroup(groupId);
    expect(group).toMatchObject({
      state: 'Stable',
      members: [
        {
          memberId: member.assignments[0]!.memberId,
          partitions: [
            { topic, partition: 0 },
            { topic, partition: 1 },
          ],
        },
      ],
    });
    expect(await here.admin.describeGroup(kafka.groupId())).toMatchObject({ state: 'Dead', members: [] });
  });

  test('a group with −2 stored, as kafkajs leaves it, has started before: under latest it gets the whole log', async ({
    kafka,
    transport,
  }) => {
    const [topic, groupId, here] = [await kafka.topic(), kafka.groupId(), transport()];
    await write(here, topic, 0, ...numbered('v', 3));
    await here.admin.setCommittedOffsets(groupId, [{ topic, partition: 0, offset: -2 }]);
    expect(await here.admin.committedOffsets(groupId, [topic])).toEqual([{ topic, partition: 0, offset: -2, metadata: null }]);
    const delivered: number[] = [];
    const config = kafkaConfig({ enabled: true, brokers: kafka.brokers, groupId, autoOffsetReset: 'latest' });
    const manager = new KafkaManager(config, { transport: here, logger: silentLogger });
    manager.register(
      defineHandler({
        topic,
        handle: (_value, { record }) => {
          delivered.push(record.offset);
          return consume();
        },
      }),
    );
    await manager.start();
    await until(() => delivered.length === 3, 'the whole log');
    await manager.stop();
    expect(delivered).toEqual([0, 1, 2]);
  });
});
