import net from 'node:net';
import type { ISocketFactory } from 'kafkajs';
import { describe, expect } from 'vitest';
import type { ProduceRecord } from '../../../src/transport.ts';
import { API, faultySockets } from './support/faulty-sockets.ts';
import { kafkajsTest as test, records, write } from './support/kafkajs-test.ts';
import { RecordingMember } from './support/recording-member.ts';
import { until } from './support/until.ts';

describe('produce', () => {
  test('key, value, headers and timestamp come back exactly as they were given', async ({ kafka, transport }) => {
    const [topic, groupId, here] = [await kafka.topic(), kafka.groupId(), transport()];
    const bytes = (text: string): Uint8Array => Buffer.from(text);
    const written: ProduceRecord[] = [
      { key: null, value: null, headers: [], timestamp: 0 },
      { key: bytes(''), value: bytes(''), headers: [['', bytes('')]], timestamp: 1 },
      {
        key: bytes('k'),
        value: new Uint8Array([0xff, 0x00]),
        timestamp: 1_600_000_000_000,
        headers: [
          ['b', bytes('1')],
          ['a', null],
          ['b', bytes('2')],
          ['2', bytes('x')],
          ['1', bytes('y')],
          ['constructor', bytes('c')],
          ['__proto__', null],
          ['größe', bytes('ü')],
        ],
      },
      { key: bytes('k'), value: bytes('v'), headers: [], timestamp: 1_700_000_000_000 },
    ];
    const producer = here.createProducer({ requestTimeoutMs: 5_000 });
    await producer.partitionCount(topic);
    expect(await producer.produce([{ topic, partition: 0, records: written }])).toEqual([
      { topic, partition: 0, outcome: 'acknowledged', baseOffset: 0 },
    ]);
    const member = new RecordingMember(here, { groupId, topics: [topic] });
    await member.consumer.start();
    await until(() => member.delivered(0).length === written.length, 'all records');
    const got = member.batches.flatMap((batch) => batch.records);
    for (const [offset, record] of written.entries()) {
      const buffered = (value: Uint8Array | null): Buffer | null => (value === null ? null : Buffer.from(value));
      expect(got[offset]).toEqual({
        topic,
        partition: 0,
        offset,
        timestamp: record.timestamp,
        key: buffered(record.key),
        value: buffered(record.value),
        headers: record.headers.map(([name, value]) => [name, buffered(value)]),
      });
    }
  });

  test('plain kafkajs: a null header throws, timestamp 0 becomes now, header order is lost (the hazards)', async ({
    kafka,
    plain,
    transport,
  }) => {
    const [topic, groupId, here] = [await kafka.topic(), kafka.groupId(), transport()];
    const producer = plain().producer({ allowAutoTopicCreation: false });
    await producer.connect();
    const nullHeader = { value: 'v', headers: { h: null } } as unknown as { value: string };
    await expect(producer.send({ topic, messages: [nullHeader] })).rejects.toThrow(/Received null/);
    await producer.send({ topic, messages: [{ value: 'v', timestamp: 0 as unknown as string, headers: { b: 'x', 1: 'y' } }] });
    await producer.disconnect();
    const member = new RecordingMember(here, { groupId, topics: [topic] });
    await member.consumer.start();
    await until(() => member.delivered(0).length === 1, 'the record');
    const [record] = member.batches[0]!.records;
    expect(record!.timestamp).toBeGreaterThan(1_600_000_000_000);
    expect(record!.headers.map(([name]) => name)).toEqual(['1', 'b']);
  });

  test('one answer for each partition of a request: the innocent one is acknowledged (plain kafkajs fails both)', async ({
    kafka,
    plain,
    transport,
  }) => {
    const [first] = kafka.nodeIds;
    const [topic, here] = [await kafka.topic({ leaders: [first!, first!], configs: { 'max.message.bytes': '500' } }), transport()];
    for (const partition of [0, 1]) await write(here, topic, partition, 'the leader of the new topic knows that it is');
    const plainProducer = plain({ retry: { retries: 0 } }).producer({ allowAutoTopicCreation: false });
    await plainProducer.connect();
    const messages = [
      { partition: 0, value: 'good' },
      { partition: 1, value: 'x'.repeat(2_000) },
    ];
    await expect(plainProducer.sendBatch({ topicMessages: [{ topic, messages }] })).rejects.toMatchObject({ type: 'MESSAGE_TOO_LARGE' });
    await plainProducer.disconnect();
    expect(await here.admin.listOffsets([{ topic, partition: 0 }], 'latest')).toMatchObject([{ offset: 2 }]); // written all the same

    const producer = here.createProducer({ requestTimeoutMs: 5_000 });
    await producer.partitionCount(topic);
    const results = await producer.produce([
      { topic, partition: 0, records: records('good') },
      { topic, partition: 1, records: records('x'.repeat(2_000)) },
    ]);
    expect(results).toMatchObject([
      { outcome: 'acknowledged', baseOffset: 2 },
      { partition: 1, outcome: 'refused', code: 'MESSAGE_TOO_LARGE', retriable: false },
    ]);
    expect(await here.admin.listOffsets([{ topic, partition: 1 }], 'latest')).toMatchObject([{ offset: 1 }]);
  });

  test('what cannot be encoded is refused for good, and the other partition of the request is written', async ({ kafka, transport }) => {
    const [first] = kafka.nodeIds;
    const [topic, here] = [await kafka.topic({ leaders: [first!, first!] }), transport()];
    await write(here, topic, 1, 'the leader of the new topic knows that it is');
    const producer = here.createProducer({ requestTimeoutMs: 5_000 });
    await producer.partitionCount(topic);
    const results = await producer.produce([
      { topic, partition: 0, records: [{ key: null, value: null, headers: [], timestamp: 0.5 }] },
      { topic, partition: 1, records: records('good') },
    ]);
    expect(results).toMatchObject([
      { partition: 0, outcome: 'refused', code: 'INVALID_RECORD', retriable: false, cause: { code: 'RECORD_INVALID' } },
      { partition: 1, outcome: 'acknowledged', baseOffset: 1 },
    ]);
  });

  test('close waits for no answer: what is in flight is unknown at once', async ({ kafka, transport }) => {
    const topic = await kafka.topic();
    const sent = Promise.withResolvers<void>();
    const socketFactory = faultySockets(({ apiKey }) => {
      if (apiKey !== API.produce) return 'pass';
      sent.resolve();
      return 'drop-reply';
    });
    const producer = transport({ client: { socketFactory } }).createProducer({ requestTimeoutMs: 15_000 });
    await producer.partitionCount(topic);
    const producing = producer.produce([{ topic, partition: 0, records: records('v') }]);
    await sent.promise;
    const startedAt = performance.now();
    await producer.close();
    expect(await producing).toMatchObject([{ outcome: 'unknown', cause: { message: expect.stringContaining('closed') as string } }]);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(await producer.produce([{ topic, partition: 0, records: records('v') }])).toMatchObject([
      { outcome: 'refused', code: 'PRODUCER_CLOSED' },
    ]);
  });

  test('a refused record carries what the broker says', async ({ kafka, transport }) => {
    const [topic, here] = [await kafka.topic({ configs: { 'cleanup.policy': 'compact' } }), transport()];
    const producer = here.createProducer({ requestTimeoutMs: 5_000 });
    await producer.partitionCount(topic);
    const [result] = await producer.produce([{ topic, partition: 0, records: records('no key') }]);
    expect(result).toMatchObject({ outcome: 'refused', code: 'INVALID_RECORD', retriable: false });
    expect(result?.outcome === 'refused' && result.cause.message).toMatch(/key/);
  });

  test('a lost reply is unknown after one request; what is sent then is written once, and nothing acknowledged is lost', async ({
    kafka,
    plain,
    transport,
  }) => {
    const [topic, plainTopic, groupId, here] = [await kafka.topic(), await kafka.topic(), kafka.groupId(), transport()];
    let losing = true;
    let requests = 0;
    const socketFactory = faultySockets(({ apiKey }) => {
      if (apiKey !== API.produce) return 'pass';
      requests += 1;
      return losing ? 'drop-reply' : 'pass';
    });
    // The hazard: kafkajs's idempotent producer reuses the sequence after a send that failed.
    const idempotent = plain({ socketFactory, requestTimeout: 700, retry: { retries: 1, initialRetryTime: 50 } }).producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
    });
    await idempotent.connect();
    await expect(idempotent.send({ topic: plainTopic, messages: [{ value: 'A' }] })).rejects.toThrow();
    losing = false;
    await idempotent.send({ topic: plainTopic, messages: [{ value: 'B' }] });
    await idempotent.disconnect();
    expect(await here.admin.listOffsets([{ topic: plainTopic, partition: 0 }], 'latest')).toMatchObject([{ offset: 1 }]); // B was acknowledged, and is not there

    losing = true;
    const producer = transport({ client: { socketFactory } }).createProducer({ requestTimeoutMs: 700 });
    await producer.partitionCount(topic);
    requests = 0;
    const [lost] = await producer.produce([{ topic, partition: 0, records: records('A') }]);
    expect(lost).toMatchObject({ outcome: 'unknown', cause: { code: 'BROKER_UNREACHABLE' } });
    expect(requests).toBe(1);
    losing = false;
    expect(await producer.produce([{ topic, partition: 0, records: records('B') }])).toMatchObject([
      { outcome: 'acknowledged', baseOffset: 1 },
    ]);
    const member = new RecordingMember(here, { groupId, topics: [topic] });
    await member.consumer.start();
    await until(() => member.delivered(0).length === 2, 'both records');
    expect(member.batches.flatMap((batch) => batch.records.map(({ value }) => String(value)))).toEqual(['A', 'B']);
  });

  test('an unknown topic is a clear error, is not made, and does not blind the producer to others', async ({ kafka, transport }) => {
    const [topic, missing, deleted, here] = [await kafka.topic(), kafka.topicName(), await kafka.topic(), transport()];
    const producer = here.createProducer({ requestTimeoutMs: 5_000 });
    await expect(producer.partitionCount(missing)).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC',
      message: expect.stringContaining(missing) as string,
    });
    expect(await producer.produce([{ topic: missing, partition: 0, records: records('v') }])).toMatchObject([
      { outcome: 'refused', code: 'UNKNOWN_TOPIC_OR_PARTITION', retriable: true },
    ]);
    await Promise.all([producer.partitionCount(deleted), producer.partitionCount(topic)]);
    await here.admin.deleteTopics([deleted]);
    expect(await producer.produce([{ topic: deleted, partition: 0, records: records('v') }])).toMatchObject([{ outcome: 'refused' }]);
    expect(await producer.produce([{ topic, partition: 0, records: records('v') }])).toMatchObject([{ outcome: 'acknowledged' }]);
    expect((await here.admin.describeTopics()).map(({ name }) => name)).not.toContain(missing);
    expect((await here.admin.describeTopics()).map(({ name }) => name)).not.toContain(deleted);
  });

  test('partitions of two leaders in one call, and a closed producer', async ({ kafka, transport }) => {
    const [topic, here] = [await kafka.topic({ partitions: 2 }), transport()];
    const producer = here.createProducer({ requestTimeoutMs: 5_000 });
    expect(await producer.partitionCount(topic)).toBe(2);
    for (const partition of [0, 1]) await write(here, topic, partition, 'the leader of the new topic knows that it is');
    const batches = [
      { topic, partition: 1, records: records('a', 'b') },
      { topic, partition: 0, records: records('c') },
    ];
    expect(await producer.produce(batches)).toMatchObject([
      { partition: 1, baseOffset: 1 },
      { partition: 0, baseOffset: 1 },
    ]);
    expect(await producer.produce(batches)).toMatchObject([
      { partition: 1, baseOffset: 3 },
      { partition: 0, baseOffset: 2 },
    ]);
    await producer.close();
    await producer.close();
    expect(await producer.produce(batches)).toMatchObject([{ outcome: 'refused', code: 'PRODUCER_CLOSED' }, { outcome: 'refused' }]);
  });
});

describe('a broker that cannot be reached any more', () => {
  test('what was never sent is refused, not unknown', async ({ kafka, transport }) => {
    const [topic, here] = [await kafka.topic(), transport()];
    const sockets: net.Socket[] = [];
    let down = false;
    const socketFactory: ISocketFactory = ({ host, port, onConnect }) => {
      const socket = net.connect({ host, port: down ? 1 : port }, onConnect);
      sockets.push(socket);
      return socket;
    };
    const producer = transport({ client: { socketFactory } }).createProducer({ requestTimeoutMs: 1_000 });
    await producer.partitionCount(topic);
    expect(await producer.produce([{ topic, partition: 0, records: records('v') }])).toMatchObject([{ outcome: 'acknowledged' }]);
    down = true;
    for (const socket of sockets) socket.destroy(new Error('the network is gone'));
    await until(async () => {
      const [result] = await producer.produce([{ topic, partition: 0, records: records('w') }]);
      return (
        result?.outcome === 'refused' &&
        result.retriable &&
        result.cause.code === 'BROKER_UNREACHABLE' &&
        result.cause.message.includes('ECONNREFUSED')
      );
    }, 'a refusal');
    expect(await here.admin.listOffsets([{ topic, partition: 0 }], 'latest')).toMatchObject([{ offset: 1 }]);
    down = false;
    await until(
      async () => (await producer.produce([{ topic, partition: 0, records: records('w') }]))[0]!.outcome === 'acknowledged',
      'the recovery',
    );
  });
});
