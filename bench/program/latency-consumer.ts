/** Reads records that carry the time when they were given to their producer, and prints how long they took to the handler. */
import kafkajs from 'kafkajs';
import { KafkaManager, consume, defineHandler, kafkaConfig } from '../../src/index.ts';
import { monotonicMicroseconds } from '../latency/clock.ts';
import type { LatencyTask } from '../latency/bench-latency.ts';

const { client, brokers, topic, groupId, records, warmUp } = JSON.parse(process.argv.at(-1) ?? '') as LatencyTask;
process.stdin.resume().once('end', () => process.exit(1));
const latencies = new Float64Array(records);
let seen = 0;

function arrived(value: Uint8Array | null): void {
  latencies[seen++] = monotonicMicroseconds() - Number(Buffer.from(value ?? []).toString());
  if (seen !== records) return;
  const sorted = latencies.subarray(warmUp).toSorted();
  const at = (share: number): number => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) / 1_000;
  console.log(JSON.stringify({ p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1) }));
}

function ready(): void {
  console.log('{"ready":true}');
}

async function ours(): Promise<void> {
  const handler = defineHandler({
    topic,
    handle: (value) => {
      arrived(value);
      return consume();
    },
  });
  const config = kafkaConfig({ enabled: true, brokers, groupId, autoOffsetReset: 'earliest', sessionTimeoutMs: 30_000, logLevel: 'error' });
  await new KafkaManager(config).register(handler).start({ timeoutMs: 30_000 });
  ready();
}

async function plain(): Promise<void> {
  const consumer = new kafkajs.Kafka({ clientId: 'bench-peer', brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }).consumer({
    groupId,
    allowAutoTopicCreation: false,
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  consumer.on(consumer.events.GROUP_JOIN, ready);
  const each: Parameters<typeof consumer.run>[0] =
    client === 'eachBatch'
      ? { eachBatch: async ({ batch }) => batch.messages.forEach((message) => arrived(message.value)) }
      : { eachMessage: async ({ message }) => arrived(message.value) };
  await consumer.run(each);
}

await (client === 'ours' ? ours() : plain());
