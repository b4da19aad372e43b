import kafkajs from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { makeAdmin } from '../../../src/transports/kafkajs/admin.ts';
import type { Cluster } from '../../../src/transports/kafkajs/kafkajs-internals.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const PARTITION = { topic: 'orders', partition: 0 };

function refusal(type: string, code: number): Error {
  return new kafkajs.KafkaJSProtocolError(Object.assign(new Error(type), { type, code, retriable: true }));
}

/** A cluster whose only broker refuses ListOffsets that often. */
function refusing(times: number, error: Error) {
  const clock = new ManualClock();
  let asked = 0;
  const broker = {
    listOffsets: async () => {
      asked += 1;
      if (asked <= times) throw error;
      return { responses: [{ topic: 'orders', partitions: [{ partition: 0, offset: '7' }] }] };
    },
  };
  const cluster = {
    addMultipleTargetTopics: async () => {},
    refreshMetadata: async () => {},
    findTopicPartitionMetadata: () => [{ partitionId: 0, leader: 1 }],
    findBroker: async () => broker,
  } as unknown as Cluster;
  const admin = makeAdmin({
    clock,
    facts: { brokers: ['a:9092'], tls: false, sasl: false },
    requestTimeoutMs: 1_000,
    cluster: async () => cluster,
  });
  return { clock, asked: () => asked, listed: admin.listOffsets([PARTITION], 'latest') };
}

describe('offsets of a partition', () => {
  test('whose new leader does not know of it yet are asked for again', async () => {
    const { clock, listed } = refusing(2, refusal('NOT_LEADER_FOR_PARTITION', 6));
    await clock.advance(1_000);
    expect(await listed).toEqual([{ ...PARTITION, offset: 7 }]);
  });

  test('that has no leader within the request time-out are refused by its name', async () => {
    const { asked, clock, listed } = refusing(Infinity, refusal('LEADER_NOT_AVAILABLE', 5));
    const refused = expect(listed).rejects.toMatchObject({ code: 'PROTOCOL', kafkaCode: 'LEADER_NOT_AVAILABLE' });
    await clock.advance(1_000);
    await refused;
    expect(asked()).toBeGreaterThan(10);
    expect(clock.timerCount).toBe(0);
  });

  test('that are refused for another reason are asked for once', async () => {
    const { asked, listed } = refusing(Infinity, refusal('TOPIC_AUTHORIZATION_FAILED', 29));
    await expect(listed).rejects.toMatchObject({ kafkaCode: 'TOPIC_AUTHORIZATION_FAILED' });
    expect(asked()).toBe(1);
  });
});
