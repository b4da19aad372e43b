import { createRequire } from 'node:module';
import { describe, expect, onTestFinished } from 'vitest';
import { replacePackageLoader } from '../../../src/transports/kafkajs/wire/decompress.ts';
import { produceWithJava } from '../../../testing/kafka/index.ts';
import { kafkajsTest as test, write } from './support/kafkajs-test.ts';
import { RecordingMember } from './support/recording-member.ts';
import { during, until } from './support/until.ts';

const CODECS = ['gzip', 'snappy', 'lz4', 'zstd'] as const;

describe('compressed topics', () => {
  test('gzip, snappy, lz4 and zstd of the Java client are read, small and large', async ({ kafka, transport }) => {
    const [topic, groupId, here] = [await kafka.topic({ partitions: CODECS.length }), kafka.groupId(), transport()];
    // Larger than a block of every codec, and not a mere repetition.
    const large = Array.from({ length: 60_000 }, (_, index) => String((index * 7_919) % 10_007)).join(' ');
    const records = [{ key: 'k', value: 'small', headers: [['h', 'x'] as const] }, { value: large }, { value: null }, { value: '' }];
    await produceWithJava(
      kafka,
      ...CODECS.map((compression, partition) => ({ topic, compression, records: records.map((record) => ({ ...record, partition })) })),
    );
    const member = new RecordingMember(here, { groupId, topics: [topic] });
    await member.consumer.start();
    await until(() => CODECS.every((_, partition) => member.delivered(partition).length === records.length), 'all records');
    for (const partition of CODECS.keys()) {
      const got = member.batches.filter((batch) => batch.partition === partition).flatMap((batch) => batch.records);
      expect(got.map(({ value }) => (value === null ? null : String(value)))).toEqual(['small', large, null, '']);
      expect(got[0]).toMatchObject({ offset: 0, headers: [['h', Buffer.from('x')]], key: Buffer.from('k') });
    }
  });

  test('a codec that is not installed is one clear error that names the package, and ends the consumer', async ({ kafka, transport }) => {
    onTestFinished(
      replacePackageLoader((name) => createRequire(import.meta.url)(name === 'snappyjs' ? 'snappyjs-is-not-installed' : name)),
    );
    const [topic, groupId, here] = [await kafka.topic(), kafka.groupId(), transport()];
    await write(here, topic, 0, 'plain');
    await produceWithJava(kafka, { topic, compression: 'snappy', records: [{ value: 'x'.repeat(200) }] });
    const member = new RecordingMember(here, { groupId, topics: [topic] });
    await member.consumer.start();
    await until(() => member.failures.length > 0, 'failed');
    await until(async () => (await here.admin.describeGroup(groupId)).members.length === 0, 'the member to leave');
    await during(500);
    expect(member.failures).toMatchObject([{ code: 'CODEC_MISSING', details: { package: 'snappyjs' } }]);
    expect(member.failures[0]!.message).toContain('npm install snappyjs');
    expect(member.events).toEqual(['assigned 0', 'lost 0', 'failed']);
    expect(await here.admin.committedOffsets(groupId, [topic])).toMatchObject([{ offset: null }]);
  });

  test('plain kafkajs stops for good on a snappy topic (the hazard)', async ({ kafka, plain }) => {
    const topic = await kafka.topic();
    await produceWithJava(kafka, { topic, compression: 'snappy', records: [{ value: 'x'.repeat(200) }] });
    const consumer = plain().consumer({ groupId: kafka.groupId(), maxWaitTimeInMs: 100 });
    const crash = Promise.withResolvers<{ restart: boolean; error: Error }>();
    consumer.on(consumer.events.CRASH, ({ payload }) => crash.resolve(payload));
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({ eachBatch: async () => {} });
    expect(await crash.promise).toMatchObject({ restart: false, error: { name: 'KafkaJSNotImplemented' } });
    await consumer.disconnect();
  });
});
