/** Writes records evenly at a rate, each with the time at which it was given to the producer. The same for every consumer. */
import kafkajs from 'kafkajs';
import { monotonicMicroseconds } from '../latency/clock.ts';

const { brokers, topic, records, recordsPerSecond } = JSON.parse(process.argv.at(-1) ?? '') as {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly records: number;
  readonly recordsPerSecond: number;
};
const producer = new kafkajs.Kafka({ clientId: 'bench', brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }).producer({
  createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
});
await producer.connect();
const beganAt = performance.now();
const sending: Promise<unknown>[] = [];
for (let sent = 0; sent < records;) {
  const due = Math.min(records, Math.floor(((performance.now() - beganAt) * recordsPerSecond) / 1_000) + 1);
  for (; sent < due; sent++)
    sending.push(producer.send({ topic, acks: -1, messages: [{ value: String(monotonicMicroseconds()), partition: 0 }] }));
  await new Promise((resolve) => setTimeout(resolve, 1));
}
await Promise.all(sending);
await producer.disconnect();
console.log('{"written":true}');
