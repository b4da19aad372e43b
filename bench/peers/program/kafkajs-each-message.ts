/** kafkajs alone: `eachMessage` with its own automatic commits, as its documentation shows it. */
import { setTimeout as delay } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { workOfValue } from '../records.ts';
import { Tally, taskOfArguments } from './tally.ts';

const task = taskOfArguments();
const tally = new Tally(task);
const client = new kafkajs.Kafka({ clientId: 'bench-peer', brokers: [...task.brokers], logLevel: kafkajs.logLevel.NOTHING });
const consumer = client.consumer({ groupId: task.groupId, allowAutoTopicCreation: false });
await consumer.connect();
await consumer.subscribe({ topic: task.topic, fromBeginning: true });
await consumer.run({
  partitionsConsumedConcurrently: Number(task.settings['partitionsConsumedConcurrently'] ?? 1),
  async eachMessage({ partition, message }) {
    tally.begin();
    const workMs = task.work ? workOfValue(message.value ?? Buffer.alloc(0)) : 0;
    if (workMs > 0) await delay(workMs);
    tally.done(partition, Number(message.offset));
  },
});
