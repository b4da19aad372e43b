import { expect } from 'vitest';
import { KafkaError } from '../../src/errors.ts';
import type { ConsumerListener, Transport, TransportBatch, TransportConsumer } from '../../src/transport.ts';
import type { KafkaInTest } from '../../testing/kafka/kafka-test.ts';
import { kafkaTest } from '../../testing/kafka/kafka-test.ts';
import { KafkaVenue } from '../../testing/kafka/kafka-venue.ts';
import type { Venue } from '../../testing/venue.ts';

const SESSION_MS = 2_000;

interface Reader {
  readonly consumer: TransportConsumer;
  readonly told: string[];
  readonly offsets: number[];
  readonly epochOf: Map<number, number>;
}

function reader(transport: Transport, kafka: KafkaInTest, topic: string, groupId: string): Reader {
  const told: string[] = [];
  const offsets: number[] = [];
  const epochOf = new Map<number, number>();
  const listener: ConsumerListener = {
    assigned(assignment) {
      told.push('assigned');
      for (const partition of assignment.partitions) {
        epochOf.set(partition.partition, partition.epoch);
        queueMicrotask(() => consumer.fetchFrom(partition, partition.committedOffset ?? 0));
      }
    },
    revoked: () => Promise.resolve(void told.push('revoked')),
    lost: () => void told.push('lost'),
    batch(batch: TransportBatch) {
      told.push('batch');
      offsets.push(...batch.records.map(({ offset }) => offset));
      return 'accepted';
    },
    outOfRange: () => void told.push('outOfRange'),
    warning: () => {},
    failed: () => void told.push('failed'),
  };
  const consumer = transport.createConsumer(
    {
      groupId,
      groupInstanceId: null,
      topics: [topic],
      sessionTimeoutMs: Math.max(SESSION_MS, kafka.minSessionTimeoutMs),
      rebalanceTimeoutMs: 5_000,
      heartbeatIntervalMs: 200,
      requestTimeoutMs: 1_000,
      maxWaitTimeMs: 100,
      maxBytesPerPartition: 1_000_000,
      isolationLevel: 'read_committed',
    },
    listener,
  );
  return { consumer, told, offsets, epochOf };
}

const until = (venue: Venue, condition: () => boolean | Promise<boolean>, what: string): Promise<void> =>
  venue.until(condition, { withinMs: 15_000, describe: () => what });
const record = (value: string) => ({ key: null, value: Buffer.from(value), headers: [], timestamp: 1 });

kafkaTest(
  'a killed member falls silent: nothing of it settles, nothing reaches it, the broker evicts it by the session time-out',
  async ({ kafka, onTestFinished }) => {
    const venue = new KafkaVenue({ kafka });
    onTestFinished(() => venue.close());
    const [topic, groupId] = [await kafka.topic(), kafka.groupId()];
    await venue.produce(topic, 0, [record('a')]);
    const member = venue.openMember('m1');
    const life = reader(member.transport, kafka, topic, groupId);
    await life.consumer.start();
    await until(venue, () => life.offsets.length === 1, 'the record');
    const commit = { topic, partition: 0, epoch: life.epochOf.get(0) ?? 0, metadata: null };
    expect(await life.consumer.commit([{ ...commit, offset: 1 }])).toMatchObject([{ outcome: 'acknowledged' }]);

    let settled = 0;
    let fired = false;
    member.clock.setTimer(10, () => (fired = true));
    const beforeDeath = life.consumer.commit([{ ...commit, offset: 0 }]);
    member.kill();
    const told = life.told.length;
    for (const promise of [
      beforeDeath,
      life.consumer.commit([{ ...commit, offset: 0 }]),
      life.consumer.stop(),
      member.transport.close(),
      member.transport.admin.describeTopics(),
    ]) {
      void Promise.resolve(promise).finally(() => (settled += 1));
    }
    member.clock.setTimer(10, () => (fired = true));
    expect(member.staleEffects).toEqual([`commit of ${topic}/0 at 0`, 'stop', 'close', 'describeTopics', 'set a timer of 10 ms']);

    // Silence, no LeaveGroup: the coordinator still counts it.
    expect((await venue.admin.describeGroup(groupId)).members).toHaveLength(1);
    await venue.produce(topic, 0, [record('b')]);
    const killedAt = performance.now();
    await until(venue, async () => (await venue.admin.describeGroup(groupId)).members.length === 0, 'the eviction');
    expect(performance.now() - killedAt).toBeGreaterThan(SESSION_MS / 2);
    expect([settled, fired, life.told.length]).toEqual([0, false, told]);

    const second = venue.openMember('m1');
    expect([member.name, second.name]).toEqual(['m1#1', 'm1#2']);
    const next = reader(second.transport, kafka, topic, groupId);
    await next.consumer.start();
    await until(venue, () => next.offsets.length > 0, 'the second life to read');
    // The commit that was on its way when it died may or may not have arrived; nothing after it has.
    expect([[1], [0, 1]]).toContainEqual(next.offsets);
  },
);

kafkaTest(
  'faults meet the member, topic and partition they name, fire as often as they say, and count only then',
  async ({ kafka, onTestFinished }) => {
    const venue = new KafkaVenue({ kafka });
    onTestFinished(() => venue.close());
    const [topic, groupId] = [await kafka.topic(), kafka.groupId()];
    for (const value of ['a', 'b', 'c']) await venue.produce(topic, 0, [record(value)]);
    venue.inject({ kind: 'fetch-reply-lost', topic, partition: 0 });
    venue.inject({ kind: 'fetch-request-lost', topic, member: 'm1' });
    venue.inject({ kind: 'fetch-request-lost', topic: 'another' });
    venue.inject({ kind: 'commit-reply-lost', member: 'm2' });
    const life = reader(venue.openMember('m1').transport, kafka, topic, groupId);
    await life.consumer.start();
    await until(venue, () => life.offsets.length === 3, 'the records, after two lost fetches');
    expect(life.offsets).toEqual([0, 1, 2]);
    const commit = { topic, partition: 0, epoch: life.epochOf.get(0) ?? 0, offset: 2, metadata: null };
    expect(await life.consumer.commit([commit])).toMatchObject([{ outcome: 'acknowledged' }]);
    expect(Object.fromEntries(venue.fired)).toEqual({ 'fetch-reply-lost': 1, 'fetch-request-lost': 1 });

    venue.inject({ kind: 'commit-refused', code: 'ILLEGAL_GENERATION', times: 2 });
    expect(await life.consumer.commit([commit])).toMatchObject([{ outcome: 'refused', code: 'ILLEGAL_GENERATION' }]);
    venue.disarm();
    expect(await life.consumer.commit([commit])).toMatchObject([{ outcome: 'acknowledged' }]);
    expect(venue.fired.get('commit-refused')).toBe(1);
  },
);

kafkaTest('waiting has a deadline that says what was waited for', async ({ kafka, onTestFinished }) => {
  const venue = new KafkaVenue({ kafka });
  onTestFinished(() => venue.close());
  const error: unknown = await venue
    .until(() => false, { withinMs: 50, describe: () => 'what never comes' })
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(KafkaError);
  expect(error).toMatchObject({ code: 'STAGE_STUCK', message: 'Not within 50 ms: what never comes' });
});

kafkaTest('a fault that sockets cannot play is refused', async ({ kafka, onTestFinished }) => {
  const venue = new KafkaVenue({ kafka });
  onTestFinished(() => venue.close());
  expect(() => venue.inject({ kind: 'time-machine' } as never)).toThrow(
    /Real Kafka cannot be given the fault time-machine; it can have commit-refused/,
  );
});
