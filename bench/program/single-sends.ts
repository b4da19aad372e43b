/** Many single sends at once, awaited together, again and again: what an HTTP service does to its producer. */
import kafkajs from 'kafkajs';
import { KafkaManager, kafkaConfig } from '../../src/index.ts';

interface SingleSends {
  readonly client: 'raw' | 'runtime';
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly concurrent: number;
  readonly rounds: number;
}

const { client, brokers, topic, concurrent, rounds } = JSON.parse(process.argv[2] ?? '') as SingleSends;
const value = Buffer.alloc(100, 'x');

interface Sender {
  send(): Promise<unknown>;
  close(): Promise<void>;
}

async function rawSender(): Promise<Sender> {
  const producer = new kafkajs.Kafka({ clientId: 'bench-raw', brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }).producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  return { send: () => producer.send({ topic, acks: -1, messages: [{ value }] }), close: () => producer.disconnect() };
}

async function runtimeSender(): Promise<Sender> {
  const manager = new KafkaManager(kafkaConfig({ enabled: true, brokers, logLevel: 'error' }));
  await manager.start({ timeoutMs: 30_000 });
  const producer = manager.producer();
  return { send: () => producer.send(topic, { value }), close: async () => void (await manager.stop()) };
}

const sender = client === 'raw' ? await rawSender() : await runtimeSender();
const round = (): Promise<unknown> => Promise.all(Array.from({ length: concurrent }, () => sender.send()));
await round(); // metadata and connections
const startedAt = performance.now();
for (let done = 0; done < rounds; done++) await round();
const recordsPerSecond = ((concurrent * rounds) / (performance.now() - startedAt)) * 1000;
await sender.close();
console.log(JSON.stringify({ recordsPerSecond }));
