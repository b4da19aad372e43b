import kafkajs from 'kafkajs';
import { expect, test } from 'vitest';
import { kafkajsTransport } from '../../../src/transports/kafkajs/index.ts';
import { whyNoJvm } from '../../../testing/kafka/jvm.ts';
import { DEFAULT_KAFKA_VERSION, startRealKafka } from '../../../testing/kafka/real-kafka.ts';
import { write } from './support/kafkajs-test.ts';
import { RecordingMember } from './support/recording-member.ts';
import { during, until } from './support/until.ts';

/** The log of the groups, of which our brokers keep one partition: its leader is the coordinator of all. */
const OFFSETS = '__consumer_offsets';

const missing = await whyNoJvm(DEFAULT_KAFKA_VERSION);

test('a leader is killed and comes back: the other partition goes on, both go on afterwards, nobody loses its partitions', async ({
  skip,
}) => {
  if (missing !== null) skip(missing);
  const kafka = await startRealKafka({ source: 'jvm', nodes: 2 });
  const transport = kafkajsTransport({ brokers: kafka.brokers, requestTimeoutMs: 5_000 });
  try {
    await transport.admin.createTopics([{ name: 't', partitions: 2, leaders: [1, 2] }]);
    const member = new RecordingMember(transport, { groupId: 'g', topics: ['t'] });
    await member.consumer.start();
    await write(transport, 't', 1, 'before');
    await until(() => member.delivered(1).length === 1, 'a record of the second broker');
    await kafka.stopNode(2);
    await write(transport, 't', 0, 'meanwhile');
    await until(() => member.delivered(0).length === 1, 'a record of the first broker');
    expect(member.warnings.map(({ code }) => code)).toContain('BROKER_UNREACHABLE');
    await kafka.startNode(2);
    const producer = transport.createProducer({ requestTimeoutMs: 5_000 });
    await until(
      async () =>
        (
          await producer.produce([
            { topic: 't', partition: 1, records: [{ key: null, value: Buffer.from('after'), headers: [], timestamp: Date.now() }] },
          ])
        )[0]?.outcome === 'acknowledged',
      'a write to the second broker',
    );
    await until(() => member.delivered(1).length === 2, 'the record of the second broker');
    expect(member.events).toEqual(['assigned 0,1']);
    expect(member.failures).toEqual([]);
  } finally {
    await transport.close();
    await kafka.stop();
  }
});

test('the coordinator moves while running calls are waited for: heartbeats and the last commits follow it', async ({ skip }) => {
  if (missing !== null) skip(missing);
  const kafka = await startRealKafka({ source: 'jvm', nodes: 2 });
  const transport = kafkajsTransport({ brokers: kafka.brokers, requestTimeoutMs: 5_000 });
  const admin = new kafkajs.Kafka({ brokers: [...kafka.brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
  const coordinator = async (): Promise<number> => (await admin.fetchTopicMetadata({ topics: [OFFSETS] })).topics[0]!.partitions[0]!.leader;
  try {
    await admin.connect();
    await transport.admin.createTopics([{ name: 't', partitions: 2 }]);
    const times = { sessionTimeoutMs: 4_000, heartbeatIntervalMs: 300, requestTimeoutMs: 1_500, rebalanceTimeoutMs: 30_000 };
    const outcomes: string[] = [];
    const first = new RecordingMember(
      transport,
      { groupId: 'g', topics: ['t'], ...times },
      {
        async onRevoked(partitions, { consumer }) {
          const other = (await coordinator()) === 1 ? 2 : 1;
          await admin.alterPartitionReassignments({
            topics: [{ topic: OFFSETS, partitionAssignment: [{ partition: 0, replicas: [other] }] }],
          });
          await until(async () => (await coordinator()) === other, 'the coordinator to move');
          await during(times.sessionTimeoutMs * 1.5);
          const offsets = partitions.map(({ topic, partition, epoch }) => ({ topic, partition, epoch, offset: 0, metadata: null }));
          outcomes.push(...(await consumer.commit(offsets)).map(({ outcome }) => outcome));
        },
      },
    );
    await first.consumer.start();
    const second = new RecordingMember(transport, { groupId: 'g', topics: ['t'], ...times });
    await second.consumer.start();
    await until(() => first.assignments.length === 2, 'the first to be assigned again');
    expect(outcomes).toEqual(['acknowledged', 'acknowledged']);
    expect(first.events.slice(0, 2)).toEqual(['assigned 0,1', 'revoked 0,1']);
    expect(first.lost).toEqual([]);
    expect(first.assignments[1]!.memberId).toBe(first.assignments[0]!.memberId);
  } finally {
    await admin.disconnect();
    await transport.close();
    await kafka.stop();
  }
});

test('partitions without a leader hold up no others: those are assigned, and the rest once it has one', async ({ skip }) => {
  if (missing !== null) skip(missing);
  const kafka = await startRealKafka({ source: 'jvm', nodes: 2 });
  const transport = kafkajsTransport({ brokers: kafka.brokers, requestTimeoutMs: 5_000 });
  const admin = new kafkajs.Kafka({ brokers: [...kafka.brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
  try {
    await admin.connect();
    await admin.alterPartitionReassignments({ topics: [{ topic: OFFSETS, partitionAssignment: [{ partition: 0, replicas: [1] }] }] });
    // In turn, so that either member has one of each broker.
    await transport.admin.createTopics([{ name: 't', partitions: 4, leaders: [1, 2, 2, 1] }]);
    const members = [1, 2].map(() => new RecordingMember(transport, { groupId: 'g', topics: ['t'] }));
    await members[0]!.consumer.start();
    await kafka.stopNode(2);
    await members[1]!.consumer.start();
    await until(() => members[0]!.assignments.length === 2, 'the first to be assigned again');
    for (const partition of [0, 3]) await write(transport, 't', partition, 'here');
    await until(() => [0, 3].every((partition) => deliveredTo(members, partition) === 1), 'the records of the first broker');
    await kafka.startNode(2);
    for (const partition of [1, 2]) await write(transport, 't', partition, 'there');
    await until(() => [1, 2].every((partition) => deliveredTo(members, partition) === 1), 'those of the second', 30_000);
    expect(members.flatMap(({ failures, lost }) => [...failures, ...lost])).toEqual([]);
    for (const { assignments } of members) {
      const epochs = assignments.flatMap(({ partitions }) => partitions.map(({ epoch }) => epoch));
      expect(epochs).toEqual(epochs.toSorted((a, b) => a - b));
    }
  } finally {
    await admin.disconnect();
    await transport.close();
    await kafka.stop();
  }
});

test('a partition that gets its leader while the group calls the others back is not assigned before the member has joined again', async ({
  skip,
}) => {
  if (missing !== null) skip(missing);
  const kafka = await startRealKafka({ source: 'jvm', nodes: 2 });
  const transport = kafkajsTransport({ brokers: kafka.brokers, requestTimeoutMs: 5_000 });
  const admin = new kafkajs.Kafka({ brokers: [...kafka.brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
  const times = { sessionTimeoutMs: 6_000, rebalanceTimeoutMs: 40_000 };
  try {
    await admin.connect();
    await admin.alterPartitionReassignments({ topics: [{ topic: OFFSETS, partitionAssignment: [{ partition: 0, replicas: [1] }] }] });
    await transport.admin.createTopics([{ name: 't', partitions: 2, leaders: [1, 2] }]);
    await kafka.stopNode(2);
    const first = new RecordingMember(
      transport,
      { groupId: 'g', topics: ['t'], ...times },
      {
        async onRevoked([partition]) {
          if (partition?.partition !== 0) return;
          await kafka.startNode(2);
          await write(transport, 't', 1, 'here');
          await during(3_000);
        },
      },
    );
    await first.consumer.start();
    const second = new RecordingMember(transport, { groupId: 'g', topics: ['t'], ...times });
    await second.consumer.start();
    await until(() => first.assignments.length > 1, 'the first to be assigned again');
    expect(first.events).toEqual(['assigned 0', 'revoked 0', expect.stringMatching(/^assigned [01]$/)]);
    expect(first.assignments[1]?.generation).toBeGreaterThan(first.assignments[0]?.generation ?? Infinity);
  } finally {
    await admin.disconnect();
    await transport.close();
    await kafka.stop();
  }
});

function deliveredTo(members: readonly RecordingMember[], partition: number): number {
  return members.flatMap((member) => member.delivered(partition)).length;
}
