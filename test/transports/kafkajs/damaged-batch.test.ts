import { expect, test } from 'vitest';
import type { Clock } from '../../../src/clock.ts';
import type { KafkaError } from '../../../src/errors.ts';
import type { ConsumerListener, TransportBatch, TransportConsumerOptions } from '../../../src/transport.ts';
import { Fetcher } from '../../../src/transports/kafkajs/fetcher.ts';
import { HeldPartitions } from '../../../src/transports/kafkajs/held-partitions.ts';
import type { Membership } from '../../../src/transports/kafkajs/held-partitions.ts';
import type { Broker } from '../../../src/transports/kafkajs/kafkajs-internals.ts';
import { encodeRecords } from '../../../src/transports/kafkajs/wire/encode-records.ts';
import { until } from './support/until.ts';

const whole = encodeRecords([{ key: null, value: Buffer.from('v'), headers: [], timestamp: 1 }]);
const damaged = Buffer.from(whole);
damaged[whole.length - 1]! ^= 1;

const options: TransportConsumerOptions = {
  groupId: 'g',
  groupInstanceId: null,
  topics: ['t'],
  sessionTimeoutMs: 6_000,
  rebalanceTimeoutMs: 6_000,
  heartbeatIntervalMs: 1_000,
  requestTimeoutMs: 3_000,
  maxWaitTimeMs: 500,
  maxBytesPerPartition: 1_000,
  isolationLevel: 'read_committed',
};

/** A fetcher on a leader that answers with these record sets, in order; the last one again and again. */
function fetcherOn(answers: readonly Buffer[]) {
  const seen = { fetches: 0, batches: [] as TransportBatch[], warnings: [] as KafkaError[], failures: [] as KafkaError[] };
  const hurried: Clock = {
    now: () => 0,
    setTimer: (_delayMs, callback) => {
      const timer = setImmediate(callback);
      return { cancel: () => clearImmediate(timer) };
    },
    yield: (callback) => void setImmediate(callback),
  };
  const held = new HeldPartitions();
  const [partition] = held.begin([{ topic: 't', partition: 0 }], {} as Membership);
  partition!.position = 0;
  const fetcher = new Fetcher({
    clock: hurried,
    options,
    checkCrcs: true,
    held,
    listener: {
      batch: (batch) => {
        seen.batches.push(batch);
        return 'accepted';
      },
    } as ConsumerListener,
    outOfRange: () => {},
    staleMetadata: () => Promise.resolve(),
    brokerFailed: () => Promise.resolve(),
    warn: (error) => void seen.warnings.push(error),
    fail: (error) => {
      seen.failures.push(error);
      fetcher.close();
    },
  });
  const send = (): Promise<unknown> => {
    const records = answers[Math.min(seen.fetches, answers.length - 1)]!;
    seen.fetches += 1;
    const ends = { highWatermark: 1, lastStableOffset: 1, logStartOffset: 0 };
    return Promise.resolve({
      errorCode: 0,
      partitions: [{ topic: 't', partition: 0, errorCode: 0, abortedTransactions: [], records, divergesAt: null, ...ends }],
    });
  };
  const broker = { nodeId: 1, versions: { 1: { minVersion: 0, maxVersion: 13 } }, connectionPool: { send } } as unknown as Broker;
  const poll = async (isOver: () => boolean): Promise<void> => {
    await until(async () => {
      await fetcher.poll(broker, [{ topic: 't', partitions: [{ partition: 0 }] }]);
      return isOver();
    }, 'the fetcher');
    fetcher.close();
  };
  return { seen, poll };
}

test('a batch that comes damaged is fetched again, and delivered when it comes whole', async () => {
  const { seen, poll } = fetcherOn([damaged, damaged, whole, Buffer.alloc(0)]);
  await poll(() => seen.batches.length > 0);
  expect(seen.batches).toMatchObject([{ fetchedFrom: 0, nextOffset: 1, records: [{ offset: 0 }] }]);
  expect(seen.warnings.map(({ code }) => code)).toEqual(['CORRUPT_BATCH', 'CORRUPT_BATCH']);
  expect(seen.failures).toEqual([]);
});

test('one that is damaged in the log ends the consumer after five more fetches; it is never passed over', async () => {
  const { seen, poll } = fetcherOn([damaged]);
  await poll(() => seen.failures.length > 0);
  expect(seen.failures).toMatchObject([{ code: 'CORRUPT_BATCH', details: { topic: 't', partition: 0, offset: 0 } }]);
  expect(seen.failures[0]!.message).toMatch(/^t\/0: the batch with offset 0 is damaged: its checksum .* came so 6 times in a row/);
  expect({ fetches: seen.fetches, warnings: seen.warnings.length, batches: seen.batches }).toEqual({
    fetches: 6,
    warnings: 5,
    batches: [],
  });
});

test('six damaged answers with a whole one between them are no six in a row', async () => {
  const next = Buffer.from(whole);
  next.writeBigInt64BE(1n, 0);
  const damagedNext = Buffer.from(damaged);
  damagedNext.writeBigInt64BE(1n, 0);
  const { seen, poll } = fetcherOn([
    ...Array.from({ length: 5 }, () => damaged),
    whole,
    ...Array.from({ length: 5 }, () => damagedNext),
    next,
    Buffer.alloc(0),
  ]);
  await poll(() => seen.batches.length === 2);
  expect(seen.batches.map(({ fetchedFrom }) => fetchedFrom)).toEqual([0, 1]);
  expect(seen.failures).toEqual([]);
});
