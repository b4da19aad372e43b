/** The records that every contender is given: the same bytes in the same order, whoever asks. */
import kafkajs from 'kafkajs';
import type { PeerOrdering } from './task.ts';

const RECORD_BYTES = 100;
const RECORDS_PER_SEND = 5_000;
/** Different keys. */
export const KEYS = 1_000;
/** A record's work is a whole number of milliseconds from 0 to this. */
const MAX_WORK_MS = 5;
const DIGIT_ZERO = 48;

/** The bits of a number, well mixed: work and keys must not follow each other's pattern. */
function mixed(value: number): number {
  let bits = Math.imul(value ^ 0x9e3779b9, 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

const workMsOf = (index: number): number => mixed(2 * index) % (MAX_WORK_MS + 1);
const keyOf = (index: number): number => mixed(2 * index + 1) % KEYS;

/** A record's work, as a contender reads it: the first byte of the value is a digit. */
export function workOfValue(value: Uint8Array): number {
  return (value[0] ?? DIGIT_ZERO) - DIGIT_ZERO;
}

/**
 * Seconds that nobody can undercut: the work of the busiest lane, or all of it by as many workers as there may be, whichever
 * is longer. Timers that are punctual, and no cost of anything else.
 */
export function idealSeconds(records: number, partitions: number, ordering: PeerOrdering, concurrency: number): number {
  const lanes = new Map<number, number>();
  let total = 0;
  let longest = 0;
  for (let index = 0; index < records; index++) {
    const workMs = workMsOf(index);
    total += workMs;
    const lane = ordering === 'partition' ? keyOf(index) % partitions : ordering === 'key' ? keyOf(index) : -1 - index;
    const sum = (lanes.get(lane) ?? 0) + workMs;
    lanes.set(lane, sum);
    longest = Math.max(longest, sum);
  }
  return Math.max(longest, total / concurrency) / 1000;
}

/** The milliseconds of work of each partition's records, in their order. */
export function workByPartition(records: number, partitions: number): readonly (readonly number[])[] {
  const works = Array.from({ length: partitions }, (): number[] => []);
  for (let index = 0; index < records; index++) works[keyOf(index) % partitions]?.push(workMsOf(index));
  return works;
}

/** Makes the topic and writes the records; a key stays in one partition. */
export async function fillTopic(brokers: readonly string[], topic: string, partitions: number, records: number): Promise<void> {
  const client = new kafkajs.Kafka({ clientId: 'bench', brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING });
  const admin = client.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }], waitForLeaders: true });
  await admin.disconnect();
  const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  const values = Array.from({ length: MAX_WORK_MS + 1 }, (_, workMs) => Buffer.alloc(RECORD_BYTES, 'x').fill(String(workMs), 0, 1));
  for (let sent = 0; sent < records; sent += RECORDS_PER_SEND) {
    const size = Math.min(RECORDS_PER_SEND, records - sent);
    const messages = Array.from({ length: size }, (_, each) => {
      const key = keyOf(sent + each);
      return { key: `key-${key}`, value: values[workMsOf(sent + each)] ?? null, partition: key % partitions };
    });
    await producer.send({ topic, acks: -1, messages });
  }
  await producer.disconnect();
}
