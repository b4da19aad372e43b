import kafkajs from 'kafkajs';
import type { KafkaConfig } from 'kafkajs';
import { expect, test } from 'vitest';
import { whyNoJvm } from '../../testing/kafka/jvm.ts';
import { DEFAULT_KAFKA_VERSION, startRealKafka } from '../../testing/kafka/real-kafka.ts';

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

test('TLS with SASL: the right credentials are taken by every mechanism, the wrong ones are not, the certificate is checked', async ({ skip }) => {
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

test('a broker that dies and comes back keeps its address and its data; the one with the controller cannot be stopped', async ({ skip }) => {
  if (missing !== null) skip(missing);
  const kafka = await startRealKafka({ source: 'jvm', nodes: 2 });
  try {
    const [first = ''] = kafka.brokers;
    await kafka.stopNode(2);
    await expect.poll(() => brokersSeen({ brokers: [first] }), { timeout: 20_000 }).toBe(1);
    await kafka.startNode(2);
    expect(await brokersSeen({ brokers: [kafka.brokers[1] ?? ''] })).toBe(2);
    await expect(kafka.stopNode(1)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  } finally {
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
