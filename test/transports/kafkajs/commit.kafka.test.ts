import { describe, expect } from 'vitest';
import { API, faultySockets, readCommit } from './support/faulty-sockets.ts';
import { kafkajsTest as test, numbered, write } from './support/kafkajs-test.ts';
import { RecordingMember } from './support/recording-member.ts';
import { until } from './support/until.ts';

const stored = async (
  transport: {
    admin: {
      committedOffsets(
        groupId: string,
        topics: readonly string[],
      ): Promise<readonly { partition: number; offset: number | null; metadata: string | null }[]>;
    };
  },
  groupId: string,
  topic: string,
): Promise<Record<number, number | null>> =>
  Object.fromEntries((await transport.admin.committedOffsets(groupId, [topic])).map(({ partition, offset }) => [partition, offset]));

describe('a commit', () => {
  test('is possible before any batch, also on an empty topic, with metadata that comes back', async ({ kafka, transport }) => {
    const [topic, groupId, here] = [await kafka.topic(), kafka.groupId(), transport()];
    const first = new RecordingMember(here, { groupId, topics: [topic] }, { onAssigned: () => {} });
    await first.consumer.start();
    expect(first.partition(topic, 0)).toMatchObject({ committedOffset: null, committedMetadata: null, logStartOffset: 0, logEndOffset: 0 });
    expect(await first.commit(topic, 0, 0, 'ledger')).toEqual([
      { topic, partition: 0, epoch: first.partition(topic, 0).epoch, offset: 0, metadata: 'ledger', outcome: 'acknowledged' },
    ]);
    await first.consumer.stop();
    const second = new RecordingMember(here, { groupId, topics: [topic] });
    await second.consumer.start();
    expect(second.partition(topic, 0)).toMatchObject({ committedOffset: 0, committedMetadata: 'ledger' });
  });

  test('plain kafkajs: a lost commit is sent again in the next generation (the hazard)', async ({ kafka, plain, transport }) => {
    const [topic, groupId] = [await kafka.topic({ partitions: 2 }), kafka.groupId()];
    const generations: number[] = [];
    let armed = false;
    const socketFactory = faultySockets((request) => {
      if (request.apiKey !== API.offsetCommit) return 'pass';
      generations.push(readCommit(request).generation);
      const drop = armed;
      armed = false;
      return drop ? 'drop-request' : 'pass';
    });
    const consumer = plain({ socketFactory, requestTimeout: 3_000 }).consumer({ groupId, heartbeatInterval: 200, maxWaitTimeInMs: 100 });
    const joined = Promise.withResolvers<void>();
    consumer.on(consumer.events.GROUP_JOIN, () => joined.resolve());
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatch: async () => {} });
    await joined.promise;
    armed = true;
    const committing = consumer.commitOffsets([{ topic, partition: 0, offset: '0' }]).catch(() => {});
    const other = new RecordingMember(transport(), { groupId, topics: [topic] });
    await other.consumer.start();
    await committing;
    await consumer.disconnect();
    expect(generations).toEqual([1, 2]);
  });

  test('is sent once, with the generation of its epoch, and a lost one is unknown', async ({ kafka, transport }) => {
    const [topic, groupId] = [await kafka.topic({ partitions: 2 }), kafka.groupId()];
    const generations: number[] = [];
    let armed = false;
    const socketFactory = faultySockets((request) => {
      if (request.apiKey !== API.offsetCommit) return 'pass';
      generations.push(readCommit(request).generation);
      const drop = armed;
      armed = false;
      return drop ? 'drop-request' : 'pass';
    });
    const first = new RecordingMember(transport({ client: { socketFactory } }), { groupId, topics: [topic], requestTimeoutMs: 2_000 });
    await first.consumer.start();
    armed = true;
    const committing = first.commit(topic, 0, 5);
    const second = new RecordingMember(transport(), { groupId, topics: [topic] });
    await second.consumer.start();
    const owned = second.holds(topic)[0]!;
    expect(await second.commit(topic, owned, 15)).toMatchObject([{ outcome: 'acknowledged' }]);
    expect(await committing).toMatchObject([{ outcome: 'unknown', offset: 5 }]);
    expect(generations).toEqual([1]);
    expect((await stored(transport(), groupId, topic))[owned]).toBe(15);
  });

  test('made inside revoked lands before the rejoin; one of an epoch that is over is refused here', async ({ kafka, transport }) => {
    const [topic, groupId] = [await kafka.topic({ partitions: 2 }), kafka.groupId()];
    const inRevoked: Promise<unknown>[] = [];
    const first = new RecordingMember(
      transport(),
      { groupId, topics: [topic] },
      {
        onRevoked: (partitions, member) => {
          inRevoked.push(member.consumer.commit(partitions.map((partition) => ({ ...partition, offset: 7, metadata: null }))));
        },
      },
    );
    await first.consumer.start();
    const old = first.assignments[0]!.partitions;
    const second = new RecordingMember(transport(), { groupId, topics: [topic] }, { onAssigned: () => {} });
    await second.consumer.start();
    expect(await Promise.all(inRevoked)).toMatchObject([[{ outcome: 'acknowledged' }, { outcome: 'acknowledged' }]]);
    expect(second.assignments[0]!.partitions).toMatchObject([{ committedOffset: 7 }]);
    const late = await first.consumer.commit(old.map((partition) => ({ ...partition, offset: 9, metadata: null })));
    expect(late).toMatchObject([
      { outcome: 'refused', code: 'ILLEGAL_GENERATION' },
      { outcome: 'refused', code: 'ILLEGAL_GENERATION' },
    ]);
  });

  test('is answered per partition: one with too much metadata is refused, the other stored', async ({ kafka, transport }) => {
    const [topic, groupId, here] = [await kafka.topic({ partitions: 2 }), kafka.groupId(), transport()];
    const member = new RecordingMember(here, { groupId, topics: [topic] });
    await member.consumer.start();
    const [zero, one] = [member.partition(topic, 0), member.partition(topic, 1)];
    const results = await member.consumer.commit([
      { ...zero, offset: 1, metadata: 'x'.repeat(4_097) },
      { ...one, offset: 2, metadata: '€'.repeat(4_096) },
    ]);
    expect(results).toMatchObject([
      { outcome: 'refused', code: 'OFFSET_METADATA_TOO_LARGE', retriable: false },
      { outcome: 'acknowledged' },
    ]);
    expect(await stored(here, groupId, topic)).toEqual({ 0: null, 1: 2 });
  });

  test('while stopping is refused, never acknowledged without being stored', async ({ kafka, plain, transport }) => {
    const [topic, groupId, plainGroup, here] = [await kafka.topic(), kafka.groupId(), kafka.groupId(), transport()];
    const consumer = plain().consumer({ groupId: plainGroup, maxWaitTimeInMs: 100 });
    const joined = Promise.withResolvers<void>();
    consumer.on(consumer.events.GROUP_JOIN, () => joined.resolve());
    await consumer.connect();
    await consumer.subscribe({ topic });
    await consumer.run({ autoCommit: false, eachBatch: async () => {} });
    await joined.promise;
    const stopping = consumer.stop();
    await consumer.commitOffsets([{ topic, partition: 0, offset: '3' }]); // resolves: the hazard
    await stopping;
    await consumer.disconnect();
    expect(await stored(here, plainGroup, topic)).toEqual({ 0: null });

    const member = new RecordingMember(here, { groupId, topics: [topic] });
    await member.consumer.start();
    const { epoch } = member.partition(topic, 0);
    const stopped = member.consumer.stop();
    expect(await member.consumer.commit([{ topic, partition: 0, epoch, offset: 3, metadata: null }])).toMatchObject([
      { outcome: 'refused' },
    ]);
    await stopped;
    expect(await stored(here, groupId, topic)).toEqual({ 0: null });
  });
});

describe('two leaders', () => {
  test('a rejoin that nobody announced: the old batch never enters the new epoch', async ({ kafka, transport }) => {
    const [first, second] = kafka.nodeIds as [number, number];
    const [topic, groupId, here] = [await kafka.topic({ leaders: [first, second] }), kafka.groupId(), transport({ metadataMaxAgeMs: 500 })];
    await write(here, topic, 0, ...numbered('v', 10));
    const member = new RecordingMember(here, { groupId, topics: [topic], maxWaitTimeMs: 3_000, sessionTimeoutMs: 20_000 });
    await member.consumer.start();
    await until(() => member.delivered(0).length === 10, 'ten records');
    // kafkajs looks at its metadata in the fetch loop of the second broker, finds a new partition and joins again, while
    // the first broker's long poll is still in flight.
    const producer = here.createProducer({ requestTimeoutMs: 5_000 });
    await here.admin.createPartitions(topic, 3);
    let writing = true;
    const pump = (async () => {
      while (writing) {
        await producer.produce([
          { topic, partition: 1, records: [{ key: null, value: Buffer.from('x'), headers: [], timestamp: Date.now() }] },
        ]);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    await until(() => member.holds(topic).length === 3, 'a new assignment with three partitions');
    await write(here, topic, 0, ...numbered('w', 10));
    writing = false;
    await pump;
    const { epoch, committedOffset } = member.partition(topic, 0);
    expect(committedOffset).toBeNull();
    await until(
      () => member.batches.some((batch) => batch.partition === 0 && batch.epoch === epoch && batch.nextOffset === 20),
      'all of it again',
    );
    const inEpoch = member.batches.filter((batch) => batch.partition === 0 && batch.epoch === epoch);
    expect(inEpoch[0]!.fetchedFrom).toBe(0);
    expect(inEpoch.flatMap(({ records }) => records.map(({ offset }) => offset))).toEqual(
      Array.from({ length: 20 }, (_, offset) => offset),
    );
    // Nor as a batch of the old epoch, which is over.
    expect(member.batches.filter((batch) => batch.partition === 0 && batch.epoch !== epoch).map(({ nextOffset }) => nextOffset)).toEqual([
      10,
    ]);
    // Once for each assignment that ended: brokers that learn of the new partition one after the other make kafkajs join twice.
    expect(member.events.filter((event) => event.startsWith('revoked') || event.startsWith('lost'))).toHaveLength(
      member.assignments.length - 1,
    );
  });
});
