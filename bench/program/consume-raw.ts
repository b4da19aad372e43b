/** kafkajs alone: eachBatch, one commit per batch, nothing to do per record. */
import kafkajs from 'kafkajs';
import { ConsumptionMeter } from './consumption.ts';
import type { Consumption } from './consumption.ts';

const { brokers, topic, groupId, records } = JSON.parse(process.argv[2] ?? '') as Consumption;
const meter = new ConsumptionMeter(records);
const client = new kafkajs.Kafka({ clientId: 'bench-raw', brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING });
const consumer = client.consumer({ groupId, allowAutoTopicCreation: false });
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
await consumer.run({
  autoCommit: false,
  eachBatchAutoResolve: false,
  async eachBatch({ batch, resolveOffset, commitOffsetsIfNecessary }) {
    meter.start();
    let last = '';
    for (const message of batch.messages) last = message.offset;
    resolveOffset(last);
    const offset = String(Number(last) + 1);
    await commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition: batch.partition, offset }] }] });
    meter.committed(batch.messages.length);
  },
});
const figures = await meter.finished;
await consumer.disconnect();
console.log(JSON.stringify(figures));
