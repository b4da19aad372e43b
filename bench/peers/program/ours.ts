/** The runtime as an application starts it: a manager on the kafkajs transport, one handler, every setting at its default. */
import { KafkaManager, consume, defineHandler, kafkaConfig } from '../../../src/index.ts';
import type { Action } from '../../../src/index.ts';
import { workOfValue } from '../records.ts';
import { Tally, taskOfArguments } from './tally.ts';

const task = taskOfArguments();
const { brokers, topic, groupId, work, ordering, concurrency } = task;
const tally = new Tally(task);
const handler = defineHandler({
  topic,
  ordering,
  // In partition order there is one call per partition anyway.
  ...(ordering === 'partition' ? {} : { concurrency }),
  handle(value, { record }): Action | Promise<Action> {
    tally.begin();
    const workMs = work && value !== null ? workOfValue(value) : 0;
    if (workMs === 0) {
      tally.done(record.partition, record.offset);
      return consume();
    }
    return new Promise((resolve) => {
      setTimeout(() => {
        tally.done(record.partition, record.offset);
        resolve(consume());
      }, workMs);
    });
  },
});
const manager = new KafkaManager(
  kafkaConfig({ enabled: true, brokers, groupId, autoOffsetReset: 'earliest', sessionTimeoutMs: 30_000, logLevel: 'error' }),
).register(handler);
await manager.start({ timeoutMs: 30_000 });
