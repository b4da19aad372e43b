import { Buffer } from 'node:buffer';
import kafkajs from 'kafkajs';
import { expect } from 'vitest';
import type { ProduceRecord } from '../../src/transport.ts';
import { kafkaTest } from '../../testing/kafka/kafka-test.ts';
import { produceWithJava } from '../../testing/kafka/java-producer.ts';
import { WitnessClient } from '../../testing/kafka/witness/witness-client.ts';

const bytes = (text: string): Buffer => Buffer.from(text);

kafkaTest(
  'the witness reads back exactly what it wrote: header order, repeated names, nulls, empty bytes, timestamp 0',
  async ({ kafka, onTestFinished }) => {
    const witness = new WitnessClient(kafka.brokers);
    onTestFinished(() => witness.close());
    const topic = await kafka.topic({ partitions: 2 });
    const records: ProduceRecord[] = [
      {
        key: bytes('k'),
        value: bytes('v'),
        timestamp: 0,
        headers: [
          ['b', bytes('1')],
          ['a', null],
          ['b', bytes('')],
          ['7', bytes('2')],
          ['__proto__', bytes('3')],
        ],
      },
      { key: null, value: null, timestamp: 1_700_000_000_000, headers: [] },
      { key: bytes(''), value: bytes(''), timestamp: 1, headers: [] },
    ];
    expect(await witness.produce(topic, 1, records)).toBe(0);
    expect(await witness.produce(topic, 1, records)).toBe(3);
    const expected = [...records, ...records].map((record, offset) => ({ topic, partition: 1, offset, ...record }));
    expect(await witness.readRecords(topic)).toEqual(expected);
  },
);

kafkaTest('the witness reads what kafkajs and the Java client wrote, and no aborted record', async ({ kafka, onTestFinished }) => {
  const witness = new WitnessClient(kafka.brokers);
  onTestFinished(() => witness.close());
  const topic = await kafka.topic();
  const producer = new kafkajs.Kafka({ brokers: [...kafka.brokers], logLevel: kafkajs.logLevel.NOTHING }).producer();
  await producer.connect();
  await producer.send({ topic, messages: [{ key: 'k', value: 'by kafkajs', timestamp: '17' }] });
  await producer.disconnect();
  const job = (value: string): { topic: string; records: { value: string }[] } => ({ topic, records: [{ value }] });
  await produceWithJava(
    kafka,
    { ...job('gzip'), compression: 'gzip' },
    { ...job('zstd'), compression: 'zstd' },
    { ...job('aborted'), transactional: 'abort' },
    { ...job('committed'), transactional: 'commit' },
    { ...job('aborted too'), transactional: 'abort' },
  );
  const seen = (await witness.readRecords(topic)).map(({ offset, value }) => `${offset} ${Buffer.from(value ?? []).toString()}`);
  expect(seen).toEqual(['0 by kafkajs', '1 gzip', '2 zstd', '5 committed']);
});

kafkaTest('the witness names a topic that does not exist, and does not create it', async ({ kafka, onTestFinished }) => {
  const witness = new WitnessClient(kafka.brokers);
  onTestFinished(() => witness.close());
  const topic = kafka.topicName();
  await expect(witness.readRecords(topic)).rejects.toMatchObject({
    code: 'UNKNOWN_TOPIC',
    message: expect.stringContaining(topic) as string,
  });
});
