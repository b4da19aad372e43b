/** kafkajs alone: `eachBatch`, one commit per batch, the least that it can be made to do for a record. */
import kafkajs from 'kafkajs';
import { Tally, taskOfArguments } from './tally.ts';

const task = taskOfArguments();
const tally = new Tally(task);
const client = new kafkajs.Kafka({ clientId: 'bench-peer', brokers: [...task.brokers], logLevel: kafkajs.logLevel.NOTHING });
const consumer = client.consumer({ groupId: task.groupId, allowAutoTopicCreation: false });
await consumer.connect();
await consumer.subscribe({ topic: task.topic, fromBeginning: true });
await consumer.run({
  autoCommit: false,
  eachBatchAutoResolve: false,
  async eachBatch({ batch, resolveOffset, commitOffsetsIfNecessary }) {
    const { partition } = batch;
    for (const message of batch.messages) {
      tally.begin();
      tally.done(partition, Number(message.offset));
    }
    const last = batch.lastOffset();
    resolveOffset(last);
    const offset = String(Number(last) + 1);
    await commitOffsetsIfNecessary({ topics: [{ topic: task.topic, partitions: [{ partition, offset }] }] });
  },
});
