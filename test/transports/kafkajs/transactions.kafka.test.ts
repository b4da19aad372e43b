import { describe, expect } from 'vitest';
import { produceWithJava } from '../../../testing/kafka/index.ts';
import { kafkajsTest as test, numbered, write } from './support/kafkajs-test.ts';
import { RecordingMember } from './support/recording-member.ts';
import { until } from './support/until.ts';

describe('transactions', () => {
  test('aborted records and control records are not delivered, and the position passes them, also when nothing else is there', async ({
    kafka,
    transport,
  }) => {
    const [topic, groupId, here] = [await kafka.topic(), kafka.groupId(), transport()];
    await produceWithJava(kafka, { topic, transactional: 'abort', records: numbered('aborted', 3).map((value) => ({ value })) });
    const member = new RecordingMember(here, { groupId, topics: [topic] });
    await member.consumer.start();
    await until(() => member.batches.length > 0, 'a batch without records');
    expect(member.batches).toMatchObject([{ fetchedFrom: 0, nextOffset: 4, records: [] }]);
    await produceWithJava(kafka, { topic, transactional: 'commit', records: [{ value: 'committed' }] });
    await until(() => member.batches.at(-1)!.nextOffset === 6, 'the committed record and its marker');
    expect(member.delivered(0)).toEqual([4]);
    await write(here, topic, 0, 'plain');
    await until(() => member.delivered(0).length === 2, 'the plain record');
    expect(member.delivered(0)).toEqual([4, 6]);
  });

  test('read_uncommitted delivers aborted records too, and still no control record', async ({ kafka, transport }) => {
    const [topic, groupId, here] = [await kafka.topic(), kafka.groupId(), transport()];
    await produceWithJava(kafka, { topic, transactional: 'abort', records: numbered('aborted', 3).map((value) => ({ value })) });
    const member = new RecordingMember(here, { groupId, topics: [topic], isolationLevel: 'read_uncommitted' });
    await member.consumer.start();
    await until(() => member.batches.some(({ nextOffset }) => nextOffset === 4), 'all of it');
    expect(member.delivered(0)).toEqual([0, 1, 2]);
  });

  test('while a transaction is open the last stable offset is its first record, and the log end is behind it', async ({
    kafka,
    plain,
    transport,
  }) => {
    const [topic, { admin }] = [await kafka.topic(), transport()];
    const producer = plain().producer({ transactionalId: kafka.groupId(), idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    await producer.send({ topic, messages: [{ value: 'before' }] });
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ value: 'open' }, { value: 'open' }] });
    const at = async (what: 'latest' | 'last-stable') => (await admin.listOffsets([{ topic, partition: 0 }], what))[0]!.offset!;
    const [stable, end] = [await at('last-stable'), await at('latest')];
    await transaction.abort();
    expect(end - stable).toBe(2);
    await until(async () => (await at('last-stable')) === (await at('latest')), 'the transaction to be over');
    await producer.disconnect();
  });

  test('a record of an aborted transaction whose key looks like an abort marker ends nothing (plain kafkajs leaks what follows it)', async ({
    kafka,
    plain,
    transport,
  }) => {
    const [topic, groupId, here] = [await kafka.topic(), kafka.groupId(), transport()];
    const marker = new Uint8Array([0, 0, 0, 0]);
    await produceWithJava(kafka, { topic, transactional: 'abort', records: [{ value: 'a' }, { key: marker, value: 'b' }, { value: 'c' }] });
    const consumer = plain().consumer({ groupId: kafka.groupId(), maxWaitTimeInMs: 100 });
    const leaked: string[] = [];
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({ autoCommit: false, eachMessage: async ({ message }) => void leaked.push(String(message.value)) });
    await until(() => leaked.length > 0, 'plain kafkajs to deliver an aborted record');
    await consumer.disconnect();
    const member = new RecordingMember(here, { groupId, topics: [topic] });
    await member.consumer.start();
    await until(() => member.batches.at(-1)?.nextOffset === 4, 'the end');
    expect(member.delivered(0)).toEqual([]);
  });
});
