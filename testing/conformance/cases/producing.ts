import type { ProduceBatch, ProduceRecord, ProduceResult, TransportProducer } from '../../../src/transport.ts';
import type { ConformanceCase, ConformanceContext } from '../conformance-case.ts';
import { bytes, expectEqual, expectTrue, plain } from '../expectations.ts';

const REQUEST_TIMEOUT_MS = 3_000;

async function producerOf({ open }: ConformanceContext): Promise<TransportProducer> {
  const { transport } = await open('producer');
  return transport.createProducer({ requestTimeoutMs: REQUEST_TIMEOUT_MS });
}

function batch(topic: string, partition: number, ...records: readonly (string | Partial<ProduceRecord>)[]): ProduceBatch {
  const complete = (record: string | Partial<ProduceRecord>): ProduceRecord => ({
    key: null,
    value: null,
    headers: [],
    timestamp: 1_700_000_000_000,
    ...(typeof record === 'string' ? { value: bytes(record) } : record),
  });
  return { topic, partition, records: records.map(complete) };
}

function told(result: ProduceResult | undefined): readonly unknown[] {
  if (result?.outcome === 'acknowledged') return ['acknowledged', result.baseOffset];
  return result?.outcome === 'refused' ? ['refused', result.code, result.retriable] : [result?.outcome];
}

async function texts({ venue, settle }: ConformanceContext, topic: string): Promise<readonly string[]> {
  const records = await settle(venue.readRecords(topic), 'readRecords');
  return records.map(({ partition, value }) => `${partition} ${new TextDecoder().decode(value ?? undefined)}`);
}

export const PRODUCING: readonly ConformanceCase[] = [
  {
    name: 'partitionCount tells a topic’s partitions; an unknown topic is UNKNOWN_TOPIC and is not created',
    async run(context) {
      const { topic, topicName, settle, rejection, admin } = context;
      const producer = await producerOf(context);
      expectEqual(await settle(producer.partitionCount(await topic({ partitions: 3 })), 'partitionCount'), 3, 'partitions');
      const missing = topicName();
      expectEqual(await rejection(producer.partitionCount(missing), 'partitionCount of an unknown topic'), 'UNKNOWN_TOPIC', 'its code');
      expectEqual(
        await rejection(admin.describeTopics([missing]), 'describeTopics of an unknown topic'),
        'UNKNOWN_TOPIC',
        'the topic was created',
      );
    },
  },
  {
    name: 'acknowledged records stand in the log as they were given, from the offset that was answered',
    async run(context) {
      const { topic, settle, venue } = context;
      const name = await topic();
      const producer = await producerOf(context);
      const records: Partial<ProduceRecord>[] = [
        {
          key: bytes('k'),
          value: bytes('v'),
          timestamp: 0,
          headers: [
            ['a', bytes('1')],
            ['a', bytes('2')],
          ],
        },
        { key: null, value: null, timestamp: 5 },
        { key: bytes(''), value: bytes('') },
        { key: Uint8Array.of(0, 255), value: Uint8Array.of(255, 254) },
      ];
      const [first] = await settle(producer.produce([batch(name, 0, ...records)]), 'produce');
      const [second] = await settle(producer.produce([batch(name, 0, 'last')]), 'produce');
      expectEqual(
        [told(first), told(second)],
        [
          ['acknowledged', 0],
          ['acknowledged', 4],
        ],
        'the answers',
      );
      const expected = batch(name, 0, ...records, 'last').records.map(plain);
      expectEqual((await settle(venue.readRecords(name), 'readRecords')).map(plain), expected, 'what stands in the log');
    },
  },
  {
    name: 'headers are written exactly: order, repeated names, null and empty values',
    requires: 'exactHeaders',
    async run(context) {
      const { topic, settle, venue } = context;
      const name = await topic();
      const producer = await producerOf(context);
      const headers: ProduceRecord['headers'] = [
        ['b', bytes('1')],
        ['a', null],
        ['b', bytes('')],
        ['7', bytes('2')],
        ['__proto__', bytes('3')],
        ['é', bytes('4')],
      ];
      await settle(producer.produce([batch(name, 0, { headers })]), 'produce');
      const [record] = await settle(venue.readRecords(name), 'readRecords');
      expectEqual(plain(record!), plain(batch(name, 0, { headers }).records[0]!), 'the record');
    },
  },
  {
    name: 'one answer for each batch, in order, whichever leader it went to',
    async run(context) {
      const [first, second] = [await context.topic({ partitions: 3 }), await context.topic()];
      const producer = await producerOf(context);
      await context.produce(first, 2, ['there already']);
      const batches = [batch(second, 0, 'a'), batch(first, 2, 'b', 'c'), batch(first, 0, 'd'), batch(first, 1, 'e')];
      const answers = await context.settle(producer.produce(batches), 'produce');
      expectEqual(
        answers.map((answer) => [answer.topic, answer.partition]),
        batches.map((each) => [each.topic, each.partition]),
        'the places',
      );
      expectEqual(
        answers.map(told),
        [
          ['acknowledged', 0],
          ['acknowledged', 1],
          ['acknowledged', 0],
          ['acknowledged', 0],
        ],
        'the answers',
      );
      expectEqual(await texts(context, first), ['0 d', '1 e', '2 there already', '2 b', '2 c'], 'what stands in the log');
    },
  },
  {
    name: 'a batch that is too large is refused with Kafka’s code, and the other batches of the call are written',
    async run(context) {
      const name = await context.topic({ partitions: 2, configs: { 'max.message.bytes': '2000' } });
      const producer = await producerOf(context);
      const answers = await context.settle(producer.produce([batch(name, 0, 'x'.repeat(5_000)), batch(name, 1, 'small')]), 'produce');
      expectEqual(
        answers.map(told),
        [
          ['refused', 'MESSAGE_TOO_LARGE', false],
          ['acknowledged', 0],
        ],
        'the answers',
      );
      expectEqual(await texts(context, name), ['1 small'], 'what stands in the log');
    },
  },
  {
    name: 'a batch for a topic that does not exist is refused, written nowhere, and creates nothing',
    async run(context) {
      const [name, missing] = [await context.topic(), context.topicName()];
      const producer = await producerOf(context);
      const answers = await context.settle(producer.produce([batch(missing, 0, 'lost'), batch(name, 0, 'kept')]), 'produce');
      expectEqual(
        answers.map((answer) => told(answer).slice(0, 2)),
        [
          ['refused', 'UNKNOWN_TOPIC_OR_PARTITION'],
          ['acknowledged', 0],
        ],
        'the answers',
      );
      expectEqual(
        await context.rejection(context.admin.describeTopics([missing]), 'describeTopics of an unknown topic'),
        'UNKNOWN_TOPIC',
        'the topic was created',
      );
    },
  },
  {
    name: 'a refused batch tells Kafka’s code and whether to try again, and is not tried again inside',
    faults: ['produce-refused'],
    async run(context) {
      const { topic, settle, venue } = context;
      const name = await topic({ partitions: 2 });
      const producer = await producerOf(context);
      await settle(producer.partitionCount(name), 'partitionCount');
      venue.inject({ kind: 'produce-refused', code: 'NOT_LEADER_OR_FOLLOWER', topic: name, partition: 0 });
      const answers = await settle(producer.produce([batch(name, 0, 'refused'), batch(name, 1, 'written')]), 'produce');
      expectEqual(
        answers.map(told),
        [
          ['refused', 'NOT_LEADER_OR_FOLLOWER', true],
          ['acknowledged', 0],
        ],
        'the answers',
      );
      expectEqual(await texts(context, name), ['1 written'], 'what stands in the log');
    },
  },
  {
    name: 'a produce whose answer is lost is unknown within the request time-out, and in the log exactly once',
    faults: ['produce-reply-lost'],
    async run(context) {
      const { topic, settle, venue } = context;
      const name = await topic();
      const producer = await producerOf(context);
      venue.inject({ kind: 'produce-reply-lost', topic: name });
      const sentAt = venue.clock.now();
      const [answer] = await settle(producer.produce([batch(name, 0, 'once')]), 'produce');
      expectEqual(told(answer), ['unknown'], 'the answer');
      expectTrue(
        venue.clock.now() - sentAt < REQUEST_TIMEOUT_MS + 1_000,
        `the answer took ${venue.clock.now() - sentAt} ms, more than the request time-out`,
      );
      const [next] = await settle(producer.produce([batch(name, 0, 'next')]), 'produce');
      expectEqual(told(next), ['acknowledged', 1], 'the next answer');
      expectEqual(await texts(context, name), ['0 once', '0 next'], 'what stands in the log');
    },
  },
];
