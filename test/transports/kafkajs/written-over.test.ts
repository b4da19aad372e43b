import { expect, test } from 'vitest';
import type { Clock } from '../../../src/clock.ts';
import type { ConsumerListener, TransportConsumerOptions } from '../../../src/transport.ts';
import { Fetcher } from '../../../src/transports/kafkajs/fetcher.ts';
import { HeldPartitions } from '../../../src/transports/kafkajs/held-partitions.ts';
import type { Membership } from '../../../src/transports/kafkajs/held-partitions.ts';
import type { Broker } from '../../../src/transports/kafkajs/kafkajs-internals.ts';
import { ByteWriter } from '../../../src/transports/kafkajs/wire/byte-writer.ts';
import { encodeRecords } from '../../../src/transports/kafkajs/wire/encode-records.ts';
import { fetchRequest } from '../../../src/transports/kafkajs/wire/fetch.ts';
import { until } from './support/until.ts';

const TOPIC_ID = '00010203-0405-0607-0809-0a0b0c0d0e0f';
const LEADER_EPOCH_AT = 12;

/** A record at this offset, as the leader of this epoch has written it. */
function recordAt(offset: number, leaderEpoch: number): Buffer {
  const batch = encodeRecords([{ key: null, value: Buffer.from('v'), headers: [], timestamp: 1 }]);
  batch.writeBigInt64BE(BigInt(offset), 0);
  batch.writeInt32BE(leaderEpoch, LEADER_EPOCH_AT);
  return batch;
}

/** Of the only partition: behind its number, an unknown leader epoch, and the fetched offset. */
function lastFetchedEpochIn(body: Buffer): number {
  const topicId = Buffer.from(TOPIC_ID.replaceAll('-', ''), 'hex');
  return body.readInt32BE(body.indexOf(topicId) + topicId.length + 1 + 4 + 4 + 8);
}

const options = { maxWaitTimeMs: 500, maxBytes: 1, maxBytesPerPartition: 1, readCommitted: true, brokerVersion: 13 };
const wanted = { topic: 't', topicId: TOPIC_ID, partition: 0, fetchOffset: 7, lastFetchedEpoch: 3 };

test('a request by topic id tells the leader epoch of the record before, one by name cannot', () => {
  const offset = Buffer.from('0000000000000007', 'hex');
  const told = (lastFetchedEpoch: number | null, brokerVersion: number): string => {
    const { body } = fetchRequest([{ ...wanted, lastFetchedEpoch }], { ...options, brokerVersion });
    const at = body.indexOf(offset) + offset.length;
    return body.toString('hex', at, at + 4);
  };
  expect([told(3, 13), told(null, 13)]).toEqual(['00000003', 'ffffffff']);
  // There the log start of a follower comes next, of which a consumer knows nothing.
  expect(told(3, 11)).toBe('ffffffff');
});

test.each([
  ['where the log parts from what was fetched', { leaderEpoch: 2, endOffset: 5 }, 5],
  ['nothing where it does not', null, null],
  ['nothing where it says so', { leaderEpoch: -1, endOffset: -1 }, null],
])('an answer tells %s', (_what, diverging, divergesAt) => {
  const answer = new ByteWriter(64).noTaggedFields().int32(0).int16(0).int32(0);
  answer.compactArray([wanted], () => {
    answer.raw(Buffer.from(TOPIC_ID.replaceAll('-', ''), 'hex')).compactArray([wanted], ({ partition }) => {
      answer.int32(partition).int16(0).int64(20).int64(20).int64(0);
      answer
        .compactArray([], () => {})
        .int32(-1)
        .raw(Buffer.from([1]));
      // Two tagged fields: that of number 0, and one that nobody knows; or the latter alone.
      if (diverging === null) answer.raw(Buffer.from([1, 9, 2, 1, 1]));
      else
        answer
          .raw(Buffer.from([2, 0, 13]))
          .int32(diverging.leaderEpoch)
          .int64(diverging.endOffset)
          .raw(Buffer.from([0, 9, 2, 1, 1]));
    });
    answer.noTaggedFields();
  });
  const { value } = fetchRequest([wanted], options).decode(answer.noTaggedFields().finish());
  expect(value.partitions).toMatchObject([{ topic: 't', partition: 0, errorCode: 0, highWatermark: 20, divergesAt }]);
});

interface Answer {
  readonly records?: Buffer;
  readonly divergesAt?: number;
  readonly errorCode?: number;
}

/** A fetcher on a leader that gives these answers, in order; what it asked for, and what it told. */
async function fetched(...answers: readonly Answer[]): Promise<{ readonly asked: readonly number[]; readonly told: readonly unknown[] }> {
  const hurried: Clock = {
    now: () => 0,
    setTimer: (_delayMs, callback) => {
      const timer = setImmediate(callback);
      return { cancel: () => clearImmediate(timer) };
    },
    yield: (callback) => void setImmediate(callback),
  };
  const [asked, told]: [number[], unknown[]] = [[], []];
  const held = new HeldPartitions();
  const [partition] = held.begin([{ topic: 't', partition: 0 }], {} as Membership);
  Object.assign(partition!, { topicId: TOPIC_ID, position: 0 });
  const fetcher = new Fetcher({
    clock: hurried,
    options: {
      heartbeatIntervalMs: 1_000,
      requestTimeoutMs: 3_000,
      maxWaitTimeMs: 500,
      maxBytesPerPartition: 1_000,
    } as TransportConsumerOptions,
    checkCrcs: true,
    held,
    listener: { batch: () => 'accepted' } as unknown as ConsumerListener,
    outOfRange: (one, fetchedFrom, writtenOverFrom) => {
      told.push({ fetchedFrom, writtenOverFrom });
      // Whoever is told goes on from there all the same.
      one.position = fetchedFrom;
    },
    staleMetadata: () => Promise.resolve(),
    brokerFailed: () => Promise.resolve(),
    warn: () => {},
    fail: () => {},
  });
  const send = ({ request }: { readonly request: { readonly encode: () => { readonly buf: Buffer } } }): Promise<unknown> => {
    asked.push(lastFetchedEpochIn(request.encode().buf));
    const { records = null, divergesAt = null, errorCode = 0 } = answers[asked.length - 1] ?? {};
    const ends = { highWatermark: 20, lastStableOffset: 20, logStartOffset: 0, abortedTransactions: [] };
    return Promise.resolve({ errorCode: 0, partitions: [{ topic: 't', partition: 0, errorCode, records, divergesAt, ...ends }] });
  };
  const broker = { nodeId: 1, versions: { 1: { minVersion: 0, maxVersion: 13 } }, connectionPool: { send } } as unknown as Broker;
  await until(async () => {
    await fetcher.poll(broker, [{ topic: 't', partitions: [{ partition: 0 }] }]);
    return asked.length > answers.length;
  }, 'the fetcher');
  fetcher.close();
  return { asked: asked.slice(0, answers.length + 1), told };
}

test('each fetch behind another goes by its leader epoch, the first one and one after an unknown epoch by none', async () => {
  const records = [recordAt(0, 3), recordAt(1, 4), recordAt(2, -1)].map((each) => ({ records: each }));
  expect(await fetched(...records)).toEqual({ asked: [-1, 3, 4, -1], told: [] });
});

test('what was written over is told once; whoever goes on is not stopped again', async () => {
  const { asked, told } = await fetched({ records: recordAt(7, 3) }, { divergesAt: 5 });
  expect({ asked, told }).toEqual({ asked: [-1, 3, -1], told: [{ fetchedFrom: 8, writtenOverFrom: 5 }] });
});

test.each([8, 12])(
  'a leader that does not know the epoch, and has no other records below what was fetched (but from %i on), is asked without it: compaction may have removed all of that epoch',
  async (divergesAt) => {
    const { asked, told } = await fetched({ records: recordAt(7, 3) }, { divergesAt }, { records: recordAt(8, 5) });
    expect({ asked, told }).toEqual({ asked: [-1, 3, -1, 5], told: [] });
  },
);

test('an offset that is out of range, which a log without leader epochs says as well, is asked for without one from then on', async () => {
  const { asked, told } = await fetched({ records: recordAt(7, 3) }, { errorCode: 1 });
  expect({ asked, told }).toEqual({ asked: [-1, 3, -1], told: [{ fetchedFrom: 8, writtenOverFrom: null }] });
});
