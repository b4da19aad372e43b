import kafkajs from 'kafkajs';
import type { KafkaConfig } from 'kafkajs';
import { expect, test } from 'vitest';
import { whyNoJvm } from '../../testing/kafka/jvm.ts';
import { DEFAULT_KAFKA_VERSION, startRealKafka } from '../../testing/kafka/real-kafka.ts';
import { WitnessAdmin } from '../../testing/kafka/witness/witness-admin.ts';
import { WitnessClient } from '../../testing/kafka/witness/witness-client.ts';

const missing = await whyNoJvm(DEFAULT_KAFKA_VERSION);
const secret = { username: 'alice', password: 'alice-secret' };

async function brokersSeen(config: KafkaConfig): Promise<number> {
  const admin = new kafkajs.Kafka({ ...config, logLevel: kafkajs.logLevel.NOTHING, retry: { retries: 0 } }).admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).brokers.length;
  } finally {
    await admin.disconnect();
  }
}

test('TLS with SASL: the right credentials are taken by every mechanism, the wrong ones are not, the certificate is checked', async ({
  skip,
}) => {
  if (missing !== null) skip(missing);
  const kafka = await startRealKafka({ source: 'jvm', sasl: secret, tls: true });
  try {
    const brokers = [...kafka.brokers];
    const ssl = { ca: [kafka.certificateAuthority ?? ''] };
    for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512'] as const) {
      expect(await brokersSeen({ brokers, ssl, sasl: { mechanism, ...secret } as KafkaConfig['sasl'] & object })).toBe(1);
      const wrong = { mechanism, ...secret, password: 'wrong' } as KafkaConfig['sasl'] & object;
      await expect(brokersSeen({ brokers, ssl, sasl: wrong })).rejects.toMatchObject({ name: 'KafkaJSSASLAuthenticationError' });
    }
    await expect(brokersSeen({ brokers, ssl: true, sasl: { mechanism: 'plain', ...secret } })).rejects.toThrow(/self-signed certificate/);
  } finally {
    await kafka.stop();
  }
});

test('a start that fails says which node it was, and what it logged', async ({ skip }) => {
  if (missing !== null) skip(missing);
  const inFormat = startRealKafka({ source: 'jvm', properties: { 'offsets.topic.num.partitions': '0' } });
  await expect(inFormat).rejects.toThrow(/storage of node 1 could not be formatted:[^]*offsets\.topic\.num\.partitions/);
  const atStart = startRealKafka({ source: 'jvm', nodes: 2, properties: { 'authorizer.class.name': 'no.such.Authorizer' } });
  await expect(atStart).rejects.toThrow(/node [12] ended while starting: exit code 1[^]*--- log of node[^]*no\.such\.Authorizer/);
});

test('a broker that dies and comes back keeps its address and its data; the one with controller and coordinators cannot be stopped', async ({
  skip,
}) => {
  if (missing !== null) skip(missing);
  const kafka = await startRealKafka({ source: 'jvm', nodes: 2 });
  const [first = '', second = ''] = kafka.brokers;
  const [admin, witness] = [new WitnessAdmin([first]), new WitnessClient([first])];
  try {
    await admin.createTopic('on-both', [1, 2], {});
    await witness.produce('on-both', 1, [{ key: null, value: Buffer.from('kept'), headers: [], timestamp: 1 }]);
    await kafka.stopNode(2);
    await expect.poll(async () => (await admin.brokers()).map(({ nodeId }) => nodeId), { timeout: 20_000 }).toEqual([1]);
    await admin.askCoordinator('a-group');
    await kafka.startNode(2);
    expect((await admin.brokers()).map(({ host, port }) => `${host}:${port}`).sort()).toEqual([first, second].sort());
    await expect
      .poll(async () => (await witness.readRecords('on-both')).map(({ value }) => String(value)), { timeout: 20_000 })
      .toEqual(['kept']);
    await expect(kafka.stopNode(1)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  } finally {
    admin.close();
    witness.close();
    await kafka.stop();
  }
});

test('clusters that start at the same time do not meet', async ({ skip }) => {
  if (missing !== null) skip(missing);
  const both = await Promise.all([startRealKafka({ source: 'jvm' }), startRealKafka({ source: 'jvm' })]);
  try {
    expect(new Set(both.flatMap(({ brokers }) => brokers)).size).toBe(2);
    for (const { brokers } of both) expect(await brokersSeen({ brokers: [...brokers] })).toBe(1);
  } finally {
    await Promise.all(both.map((kafka) => kafka.stop()));
  }
});
