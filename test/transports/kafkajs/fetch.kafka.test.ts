import { describe, expect } from 'vitest';
import { kafkajsTest as test, numbered, write } from './support/kafkajs-test.ts';
import { RecordingMember } from './support/recording-member.ts';
import { during, until } from './support/until.ts';

describe('delivery', () => {
  test('begins with fetchFrom, at its offset, and never before', async ({ kafka, transport }) => {
    const [topic, groupId, here] = [await kafka.topic(), kafka.groupId(), transport()];
    await write(here, topic, 0, ...numbered('v', 10));
    const member = new RecordingMember(here, { groupId, topics: [topic] }, { onAssigned: () => {} });
    await member.consumer.start();
    await during(700);
    expect(member.batches).toEqual([]);
    member.consumer.fetchFrom(member.partition(topic, 0), 4);
    await until(() => member.batches.length > 0, 'a batch');
    expect(member.batches[0]).toMatchObject({
      fetchedFrom: 4,
      nextOffset: 10,
      highWatermark: 10,
      lastStableOffset: 10,
      logStartOffset: 0,
      leaderEpochs: [{ from: 4, leaderEpoch: 0 }],
    });
    expect(member.delivered(0)).toEqual([4, 5, 6, 7, 8, 9]);
  });

  test('after a drop stops until fetchFrom; plain kafkajs fetches an unresolved batch again in a hot loop', async ({
    kafka,
    plain,
    transport,
  }) => {
    const [topic, groupId, here] = [await kafka.topic(), kafka.groupId(), transport()];
    await write(here, topic, 0, 'v');
    const consumer = plain().consumer({ groupId: kafka.groupId(), maxWaitTimeInMs: 100 });
    let calls = 0;
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: async () => void (calls += 1) });
    await until(() => calls > 50, 'kafkajs to hand out the same batch again and again');
    await consumer.disconnect();

    const member = new RecordingMember(here, { groupId, topics: [topic] }, { onBatch: () => 'dropped' });
    await member.consumer.start();
    await until(() => member.batches.length > 0, 'a batch');
    await during(500);
    expect(member.batches).toHaveLength(1);
    member.consumer.fetchFrom(member.partition(topic, 0), 0);
    await until(() => member.batches.length > 1, 'the batch again');
    expect(member.delivered(0)).toEqual([0, 0]);
  });

  test('a paused partition gets nothing, a resume is felt at once although every partition was paused', async ({ kafka, transport }) => {
    const [topic, groupId, here] = [await kafka.topic(), kafka.groupId(), transport()];
    const member = new RecordingMember(here, {
      groupId,
      topics: [topic],
      heartbeatIntervalMs: 2_000,
      maxWaitTimeMs: 5_000,
      requestTimeoutMs: 1_500,
    });
    await member.consumer.start();
    const held = member.partition(topic, 0);
    await write(here, topic, 0, 'first');
    await until(() => member.delivered(0).length === 1, 'the first record');
    member.consumer.pause([held]);
    // One fetch may be in flight: it ends with this record.
    await write(here, topic, 0, 'second');
    await during(300);
    await write(here, topic, 0, 'third');
    await during(500);
    expect(member.delivered(0)).not.toContain(2);
    const resumedAt = performance.now();
    member.consumer.resume([held]);
    await until(() => member.delivered(0).length === 3, 'the rest');
    expect(performance.now() - resumedAt).toBeLessThan(1_000); // plain kafkajs: up to maxWaitTimeInMs, 5 s here
  });

  test('pause states end with the epoch', async ({ kafka, transport }) => {
    const [topic, groupId, here] = [await kafka.topic({ partitions: 2 }), kafka.groupId(), transport()];
    const member = new RecordingMember(here, { groupId, topics: [topic] }, { onAssigned: () => {} });
    await member.consumer.start();
    const before = member.assignments[0]!.partitions;
    member.consumer.pause(before);
    const second = new RecordingMember(here, { groupId, topics: [topic] });
    await second.consumer.start();
    await until(() => member.assignments.length === 2, 'a second assignment');
    const [mine] = member.holds(topic);
    await write(here, topic, mine!, 'v');
    for (const old of before) member.consumer.fetchFrom(old, 0); // of an epoch that is over: does nothing
    await during(500);
    expect(member.batches).toEqual([]);
    member.consumer.fetchFrom(member.partition(topic, mine!), 0);
    await until(() => member.batches.length === 1, 'the record, not paused');
  });
});

describe('out of range', () => {
  test('below the log start: reported with the range, nothing stored, nothing delivered until fetchFrom', async ({
    kafka,
    plain,
    transport,
  }) => {
    const [topic, groupId, plainGroup, here] = [await kafka.topic(), kafka.groupId(), kafka.groupId(), transport()];
    await write(here, topic, 0, ...numbered('v', 20));
    for (const group of [groupId, plainGroup]) await here.admin.setCommittedOffsets(group, [{ topic, partition: 0, offset: 5 }]);
    await here.admin.deleteRecords([{ topic, partition: 0, beforeOffset: 10 }]);

    const consumer = plain().consumer({ groupId: plainGroup, maxWaitTimeInMs: 100 });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: false });
    await consumer.run({ autoCommit: false, eachBatch: async () => {} });
    const admin = plain().admin();
    await admin.connect();
    // The hazard: -1 is stored, and kafkajs goes on at the log's end.
    await until(
      async () => (await admin.fetchOffsets({ groupId: plainGroup, topics: [topic] }))[0]?.partitions[0]?.offset !== '5',
      'plain kafkajs to overwrite the stored offset',
    );
    await consumer.disconnect();
    await admin.disconnect();
    expect(await here.admin.committedOffsets(plainGroup, [topic])).toMatchObject([{ offset: null }]);

    const member = new RecordingMember(here, { groupId, topics: [topic] });
    await member.consumer.start();
    expect(member.partition(topic, 0)).toMatchObject({ committedOffset: 5, logStartOffset: 10, logEndOffset: 20 });
    await until(() => member.outOfRange.length > 0, 'outOfRange');
    const { epoch } = member.partition(topic, 0);
    expect(member.outOfRange).toEqual([{ topic, partition: 0, epoch, fetchedFrom: 5, logStartOffset: 10, logEndOffset: 20 }]);
    await during(500);
    expect(member.batches).toEqual([]);
    expect(member.outOfRange).toHaveLength(1);
    expect(await here.admin.committedOffsets(groupId, [topic])).toMatchObject([{ offset: 5 }]);
    member.consumer.fetchFrom(member.partition(topic, 0), 10);
    await until(() => member.delivered(0).length === 10, 'what is left');
  });

  test('above the log end, with another partition going on meanwhile', async ({ kafka, transport }) => {
    const [first] = kafka.nodeIds;
    const [topic, groupId, here] = [await kafka.topic({ leaders: [first!, first!] }), kafka.groupId(), transport()];
    await write(here, topic, 0, 'v');
    await write(here, topic, 1, 'v');
    await here.admin.setCommittedOffsets(groupId, [{ topic, partition: 0, offset: 50 }]);
    const member = new RecordingMember(here, { groupId, topics: [topic] });
    await member.consumer.start();
    await until(
      () => member.outOfRange.length > 0 && member.delivered(1).length === 1,
      'outOfRange, and the record of the other partition',
    );
    expect(member.outOfRange).toMatchObject([{ partition: 0, fetchedFrom: 50, logStartOffset: 0, logEndOffset: 1 }]);
    expect(await here.admin.committedOffsets(groupId, [topic])).toMatchObject([{ offset: 50 }, { offset: null }]);
  });
});

describe('a topic', () => {
  test('that is deleted and made again is lost, not read on, and comes back with its new id', async ({ kafka, transport }) => {
    const [topic, groupId, here] = [await kafka.topic(), kafka.groupId(), transport({ metadataMaxAgeMs: 500 })];
    await write(here, topic, 0, ...numbered('old', 5));
    const member = new RecordingMember(here, { groupId, topics: [topic] });
    await member.consumer.start();
    await until(() => member.delivered(0).length === 5, 'the old records');
    const before = member.partition(topic, 0);
    await here.admin.deleteTopics([topic]);
    await here.admin.createTopics([{ name: topic, partitions: 1 }]);
    await write(here, topic, 0, ...numbered('new', 15));
    await until(() => member.batches.some(({ records }) => String(records[0]?.value) === 'new0'), 'the new records from their first');
    expect(member.events[1]).toBe('lost 0');
    expect(member.lost[0]!.cause.code).toBe('UNKNOWN_TOPIC');
    expect(member.partition(topic, 0).topicId).not.toBe(before.topicId);
    const values = member.batches.flatMap(({ records }) => records.map(({ value }) => String(value)));
    expect(values).toEqual([...numbered('old', 5), ...numbered('new', 15)]);
    // What plain kafkajs lets through: a commit of the old log's offset on the new log.
    expect(await member.consumer.commit([{ ...before, offset: 5, metadata: null }])).toMatchObject([{ outcome: 'refused' }]);
  });

  test('that was made again while nothing was fetched is found out by its id, although the old offset exists in the new log', async ({
    kafka,
    transport,
  }) => {
    const [topic, groupId, here] = [await kafka.topic(), kafka.groupId(), transport()];
    await write(here, topic, 0, ...numbered('old', 5));
    const member = new RecordingMember(here, { groupId, topics: [topic] });
    await member.consumer.start();
    await until(() => member.delivered(0).length === 5, 'the old records');
    member.consumer.pause([member.partition(topic, 0)]);
    await during(400); // the fetch in flight ends
    await here.admin.deleteTopics([topic]);
    await here.admin.createTopics([{ name: topic, partitions: 1 }]);
    await write(here, topic, 0, ...numbered('new', 15));
    member.consumer.resume([member.partition(topic, 0)]);
    await until(() => member.batches.length > 1, 'new records');
    expect(member.events.slice(0, 2)).toEqual(['assigned 0', 'lost 0']);
    expect(member.batches[1]).toMatchObject({ fetchedFrom: 0 });
  });

  test('that is deleted and gone does not stop the others, nor does it come back by itself', async ({ kafka, transport }) => {
    const [gone, stays, groupId, here] = [await kafka.topic(), await kafka.topic(), kafka.groupId(), transport({ metadataMaxAgeMs: 500 })];
    const member = new RecordingMember(here, { groupId, topics: [gone, stays] });
    await member.consumer.start();
    await here.admin.deleteTopics([gone]);
    await until(() => member.lost.length > 0, 'lost');
    await until(
      () => member.assignments.length > 1 && member.holds(gone).length === 0 && member.holds(stays).length === 1,
      'an assignment without it',
    );
    await write(here, stays, 0, 'v');
    await until(() => member.batches.some(({ topic }) => topic === stays), 'a record of the other topic');
    expect(member.failures).toEqual([]);
    await expect(here.admin.describeTopics([gone])).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' });
  });

  test('that gets more partitions is assigned anew', async ({ kafka, transport }) => {
    const [topic, groupId, here] = [await kafka.topic(), kafka.groupId(), transport({ metadataMaxAgeMs: 300 })];
    const member = new RecordingMember(here, { groupId, topics: [topic] });
    await member.consumer.start();
    await here.admin.createPartitions(topic, 3);
    await until(() => member.holds(topic).length === 3, 'three partitions');
    expect(member.events.slice(0, 2)).toEqual(['assigned 0', 'revoked 0']);
  });
});
