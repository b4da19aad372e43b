/** @platformatic/kafka: its stream, read record by record, with commits that are awaited. */
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { workOfValue } from '../records.ts';
import { Tally, taskOfArguments } from './tally.ts';

/** The little of its interface that is used here; the package is fetched when the bench runs. */
interface Message {
  readonly partition: number;
  readonly offset: bigint;
  readonly value: Uint8Array;
  commit(): Promise<void>;
}
interface Platformatic {
  readonly Consumer: new (options: object) => { consume(options: object): Promise<AsyncIterable<Message>> };
}

const task = taskOfArguments();
const tally = new Tally(task);
const commitEvery = Number(task.settings['commitEvery'] ?? 1);
const { Consumer } = (await import(pathToFileURL(String(task.settings['module'])).href)) as Platformatic;
const consumer = new Consumer({ clientId: 'bench-peer', groupId: task.groupId, bootstrapBrokers: [...task.brokers] });
const stream = await consumer.consume({ topics: [task.topic], mode: 'earliest', autocommit: false });
/** Per partition: a commit is of one. */
const since = Array.from({ length: task.partitions }, () => 0);
let handled = 0;
const lastOf: (Message | undefined)[] = [];
for await (const message of stream) {
  tally.begin();
  const workMs = task.work ? workOfValue(message.value) : 0;
  if (workMs > 0) await delay(workMs);
  tally.done(message.partition, Number(message.offset));
  lastOf[message.partition] = message;
  since[message.partition] = (since[message.partition] ?? 0) + 1;
  handled++;
  if ((since[message.partition] ?? 0) >= commitEvery) {
    since[message.partition] = 0;
    lastOf[message.partition] = undefined;
    await message.commit();
  }
  if (handled >= task.records) for (const last of lastOf) await last?.commit();
}
