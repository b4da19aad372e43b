import { expect, test } from 'vitest';
import { kafkajsTransport } from '../../../src/transports/kafkajs/index.ts';
import { whyNoJvm } from '../../../testing/kafka/jvm.ts';
import { DEFAULT_KAFKA_VERSION, startRealKafka } from '../../../testing/kafka/real-kafka.ts';
import { write } from './support/kafkajs-test.ts';
import { RecordingMember } from './support/recording-member.ts';
import { until } from './support/until.ts';

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
