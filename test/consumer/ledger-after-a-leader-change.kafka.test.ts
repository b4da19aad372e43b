import { expect, test } from 'vitest';
import { consume, skip } from '../../src/action.ts';
import { kafkaConfig } from '../../src/config/create-kafka-config.ts';
import { defineHandler } from '../../src/define-handler.ts';
import { silentLogger } from '../../src/logger.ts';
import { KafkaManager } from '../../src/manager.ts';
import type { Observation } from '../../src/observation.ts';
import { kafkajsTransport } from '../../src/transports/kafkajs/index.ts';
import { whyNoJvm } from '../../testing/kafka/jvm.ts';
import { DEFAULT_KAFKA_VERSION, startRealKafka } from '../../testing/kafka/real-kafka.ts';
import { until } from '../transports/kafkajs/support/until.ts';

const missing = await whyNoJvm(DEFAULT_KAFKA_VERSION);

test('what was done above an open record is not repeated after a new leader has written behind it', async ({ skip: skipTest }) => {
  if (missing !== null) skipTest(missing);
  const kafka = await startRealKafka({ source: 'jvm', nodes: 2 });
  const transport = kafkajsTransport({ brokers: kafka.brokers, requestTimeoutMs: 5_000 });
  const producer = transport.createProducer({ requestTimeoutMs: 5_000 });
  const write = async (value: string): Promise<boolean> => {
    const records = [{ key: null, value: Buffer.from(value), headers: [], timestamp: Date.now() }];
    return (await producer.produce([{ topic: 'orders', partition: 0, records }]))[0]?.outcome === 'acknowledged';
  };
  const config = kafkaConfig({ enabled: true, brokers: kafka.brokers, groupId: 'billing', autoOffsetReset: 'earliest' });
  let isBusy = true;
  const service = (): { readonly manager: KafkaManager; readonly done: number[]; readonly observations: Observation[] } => {
    const [done, observations]: [number[], Observation[]] = [[], []];
    const handler = defineHandler({
      topic: 'orders',
      ordering: 'unordered',
      handle: (_, { record }) => {
        if (isBusy && record.offset === 0) return skip('busy');
        done.push(record.offset);
        return consume();
      },
    });
    const observers = [(each: Observation): void => void observations.push(each)];
    return { manager: new KafkaManager(config, { logger: silentLogger, observers }).register(handler), done, observations };
  };
  try {
    await transport.admin.createTopics([{ name: 'orders', partitions: 1, leaders: [2] }]);
    for (let offset = 0; offset < 5; offset += 1) await until(() => write(`v${offset}`), `record ${offset}`);
    const first = service();
    await first.manager.start();
    await until(() => first.done.length === 4, 'all but the busy one');
    await first.manager.stop();
    const [stored] = await transport.admin.committedOffsets('billing', ['orders']);
    expect(stored).toMatchObject({ offset: 0, metadata: expect.stringMatching(/^kr2;0;.*;[0-9a-z]+:1\.4;/) as string });

    await kafka.stopNode(2);
    await kafka.startNode(2);
    await until(() => write('of the next leader'), 'a record in the next leader epoch');
    isBusy = false;
    const second = service();
    await second.manager.start();
    await until(() => second.done.length >= 2, 'the busy one, and the new one');
    await second.manager.stop();
    // One fetch brought the records of both leaders. A lost answer may have written the last one twice.
    const [fetched] = second.observations.filter((each) => each.kind === 'batch-accepted');
    expect(fetched).toMatchObject({ fetchedFrom: 0, records: expect.toSatisfy((records: number) => records >= 6) as number });
    expect(second.done.filter((offset) => offset < 5)).toEqual([0]);
    expect(second.done).toContain(5);
  } finally {
    await producer.close();
    await transport.close();
    await kafka.stop();
  }
});
