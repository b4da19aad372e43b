import { describe, expect, test } from 'vitest';
import type { OffsetSpec, TransportAdmin } from '../../src/admin.ts';
import { KafkaError } from '../../src/errors.ts';
import type { PartitionHealth } from '../../src/consumer/health.ts';
import type { Handler } from '../../src/handler.ts';
import type { ConsumerOptions } from '../../src/consumer/consumer-options.ts';
import { consumed, pendingAnswers, rig, skipped } from '../support/consumer-rig.ts';
import type { Process, Rig } from '../support/consumer-rig.ts';
import { assigned, batchOf, record } from '../support/scripted-transport.ts';

const HOUR_MS = 3_600_000;
const NOW = 1_750_000_000_000;

interface Brokers {
  end: number;
  configs: Record<string, string>;
  failure: KafkaError | null;
  /** What was asked, in order. */
  readonly asked: string[];
}

/** Brokers that tell ends of logs and configurations, and a consumer with one partition that looks every 30 s. */
async function watching(
  process: Process,
  options: Partial<ConsumerOptions> = {},
  handler: Partial<Handler> = {},
): Promise<Rig & { readonly brokers: Brokers }> {
  const brokers: Brokers = {
    end: 0,
    configs: { 'cleanup.policy': 'delete', 'retention.ms': String(10 * HOUR_MS) },
    failure: null,
    asked: [],
  };
  const made = rig(process, { options: { lagIntervalMs: 30_000, ...options }, handler });
  made.clock.pass(NOW - made.clock.now());
  Object.assign(made.transport.admin, {
    listOffsets: async (places: readonly { topic: string; partition: number }[], at: OffsetSpec) => {
      brokers.asked.push(`${String(at)} ${places.map(({ topic, partition }) => `${topic}/${partition}`).join(' ')}`);
      if (brokers.failure !== null) throw brokers.failure;
      return places.map((place) => ({ ...place, offset: brokers.end }));
    },
    describeTopicConfigs: async (topics: readonly string[]) => {
      brokers.asked.push(`configs ${topics.join(' ')}`);
      if (brokers.failure !== null) throw brokers.failure;
      return topics.map((name) => ({ name, configs: brokers.configs }));
    },
  } satisfies Partial<TransportAdmin>);
  made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
  void made.consumer.start();
  await made.clock.settle();
  return { ...made, brokers };
}

const health = ({ consumer }: Pick<Rig, 'consumer'>): PartitionHealth => consumer.health().partitions[0]!;

describe('lag', () => {
  test('is counted to the last stable offset that the last batch told', async () => {
    const { clock, transport, consumer } = await watching(() => consumed);
    transport.batch(batchOf(0, 10, { epoch: 1, highWatermark: 50, lastStableOffset: 30 }));
    expect(health({ consumer }).lag).toBe(30);
    await clock.advance(1_000);
    expect(health({ consumer }).lag).toBe(20);
  });

  test('of a consumer that reads what is not committed is counted to the high watermark', async () => {
    const { transport, consumer, brokers } = await watching(() => consumed, { isolationLevel: 'read_uncommitted' });
    transport.batch(batchOf(0, 10, { epoch: 1, highWatermark: 50, lastStableOffset: 30 }));
    expect(health({ consumer }).lag).toBe(50);
    expect(brokers.asked).toContain('latest orders/0');
  });

  test('is null until it is known; of an idle partition the brokers are asked at once, and at the interval', async () => {
    const { clock, consumer, brokers } = await watching(() => consumed);
    expect(brokers.asked).toEqual(['configs orders', 'last-stable orders/0']);
    expect(health({ consumer }).lag).toBe(0);
    brokers.end = 7;
    await clock.advance(29_999);
    expect(health({ consumer }).lag).toBe(0);
    await clock.advance(1);
    expect(health({ consumer }).lag).toBe(7);
    expect(brokers.asked.slice(2)).toEqual(['last-stable orders/0']);
  });

  test('of a partition with traffic nobody is asked', async () => {
    const { clock, transport, brokers } = await watching(() => consumed);
    brokers.asked.length = 0;
    for (let round = 0; round < 20; round++) {
      await clock.advance(10_000);
      transport.batch(batchOf(round, round + 1, { epoch: 1, highWatermark: round + 1, lastStableOffset: round + 1 }));
    }
    expect(brokers.asked).toEqual([]);
  });

  test('of a paused partition grows', async () => {
    const { clock, consumer, brokers } = await watching(() => consumed);
    consumer.pause([{ topic: 'orders' }]);
    brokers.end = 1_000;
    await clock.advance(30_000);
    expect(health({ consumer })).toMatchObject({ pausedByHand: true, lag: 1_000 });
  });

  test('an answer that is older than a batch takes nothing back', async () => {
    const { clock, transport, consumer, brokers } = await watching(() => consumed);
    transport.batch(batchOf(0, 1, { epoch: 1, highWatermark: 40, lastStableOffset: 40 }));
    brokers.end = 10;
    await clock.advance(60_000);
    expect(health({ consumer }).lag).toBe(39);
  });

  test('brokers that do not answer are asked one request at a time', async () => {
    const { clock, transport, consumer } = await watching(() => consumed);
    let asked = 0;
    Object.assign(transport.admin, { listOffsets: () => (asked++, new Promise(() => {})) });
    await clock.advance(HOUR_MS);
    expect(asked).toBe(1);
    void consumer.stop();
    await clock.settle();
  });

  test('a failure costs knowledge and nothing else: said once, and tried again', async () => {
    const { clock, consumer, brokers, logs } = await watching(() => consumed);
    brokers.failure = new KafkaError('PROTOCOL', 'Not allowed.', { kafkaCode: 'TOPIC_AUTHORIZATION_FAILED' });
    await clock.advance(300_000);
    expect(logs.filter(({ level }) => level === 'warn')).toHaveLength(1);
    expect(consumer.state).toBe('running');
    brokers.failure = null;
    brokers.end = 5;
    await clock.advance(30_000);
    expect(health({ consumer }).lag).toBe(5);
    brokers.failure = new KafkaError('PROTOCOL', 'Again.');
    await clock.advance(60_000);
    expect(logs.filter(({ level }) => level === 'warn')).toHaveLength(2);
  });

  test('that was never told costs no look and no health', async () => {
    const { clock, consumer, transport, brokers } = await watching(() => consumed);
    Object.assign(transport.admin, { listOffsets: () => Promise.reject(new KafkaError('PROTOCOL', 'Not allowed.')) });
    transport.assign([assigned({ epoch: 2, committedOffset: 0 })]);
    await clock.advance(60_000);
    expect(health({ consumer })).toMatchObject({ epoch: 2, lag: null, retentionHeadroomMs: null, retentionBySize: false });
    expect(brokers.asked.filter((line) => line.startsWith('configs'))).toHaveLength(1);
  });

  test('ends with the consumer, and leaves no timer', async () => {
    const { clock, consumer, brokers } = await watching(() => consumed);
    void consumer.stop();
    await clock.settle();
    brokers.asked.length = 0;
    await clock.advance(HOUR_MS);
    expect(brokers.asked).toEqual([]);
    expect(clock.timerCount).toBe(0);
  });

  test('turned off it asks nobody, and knows what batches tell', async () => {
    const { clock, transport, consumer, brokers } = await watching(() => skipped(), { lagIntervalMs: 0 });
    expect(health({ consumer })).toMatchObject({ lag: null, retentionHeadroomMs: null, retentionBySize: null });
    transport.batch(batchOf(0, 1, { epoch: 1, highWatermark: 40, lastStableOffset: 40 }));
    await clock.advance(HOUR_MS);
    expect(health({ consumer }).lag).toBe(40);
    expect(brokers.asked).toEqual([]);
  });
});

describe('the time that retention leaves', () => {
  const aged = (offset: number, ageMs: number) =>
    batchOf(offset, offset + 1, {
      epoch: 1,
      records: [record(offset, { timestamp: NOW - ageMs })],
      lastStableOffset: 100,
      highWatermark: 100,
    });

  test.each(['partition', 'key', 'unordered'] as const)('is that of the lowest open record, in %s order', async (ordering) => {
    const calls = pendingAnswers();
    const { clock, transport, consumer } = await watching(
      calls.process,
      {},
      { ordering, concurrency: ordering === 'partition' ? null : 1 },
    );
    expect(health({ consumer }).retentionHeadroomMs).toBe(null);
    transport.batch(aged(0, 3 * HOUR_MS));
    transport.batch(aged(1, HOUR_MS));
    expect(health({ consumer }).retentionHeadroomMs).toBe(7 * HOUR_MS);
    await clock.advance(HOUR_MS);
    expect(health({ consumer }).retentionHeadroomMs).toBe(6 * HOUR_MS);
    calls.calls[0]?.resolve(consumed);
    await clock.settle();
    expect(health({ consumer }).retentionHeadroomMs).toBe(8 * HOUR_MS);
  });

  test('of lanes it is that of the lowest record, whichever lane was there first', async () => {
    const calls = pendingAnswers();
    const { clock, transport, consumer } = await watching(calls.process, {}, { ordering: 'key', concurrency: 2 });
    const keyed = (offset: number, key: number, ageMs: number) => record(offset, { key: new Uint8Array([key]), timestamp: NOW - ageMs });
    const records = [keyed(0, 1, 4 * HOUR_MS), keyed(1, 2, 3 * HOUR_MS), keyed(2, 1, HOUR_MS)];
    transport.batch(batchOf(0, 3, { epoch: 1, records, lastStableOffset: 3, highWatermark: 3 }));
    await clock.settle();
    calls.calls[0]?.resolve(consumed);
    await clock.settle();
    expect(health({ consumer })).toMatchObject({ committable: 1, retentionHeadroomMs: 7 * HOUR_MS });
  });

  test('where nothing is open and more is there it is estimated by the last record that was read; at the end it is null', async () => {
    const { clock, transport, consumer } = await watching(() => consumed);
    transport.batch(aged(0, 4 * HOUR_MS));
    await clock.settle();
    expect(health({ consumer })).toMatchObject({ open: 0, retentionHeadroomMs: 6 * HOUR_MS });
    transport.batch(batchOf(1, 100, { epoch: 1, lastStableOffset: 100, highWatermark: 100, records: [] }));
    expect(health({ consumer }).retentionHeadroomMs).toBe(null);
  });

  test('is warned of below a quarter of the retention, once an hour, and anew after it had recovered', async () => {
    const { clock, transport, consumer, kinds, logs } = await watching(() => skipped(HOUR_MS));
    transport.batch(aged(0, 0));
    await clock.advance(7.5 * HOUR_MS - 30_000);
    expect(kinds('retention-near')).toEqual([]);
    await clock.advance(60_000);
    expect(kinds('retention-near')).toMatchObject([
      { topic: 'orders', partition: 0, epoch: 1, offset: 0, headroomMs: expect.closeTo(2.5 * HOUR_MS, -5) },
    ]);
    expect(logs.filter(({ message }) => message.startsWith('Retention comes near'))).toMatchObject([
      { level: 'warn', data: { topic: 'orders', offset: 0 } },
    ]);
    await clock.advance(2 * HOUR_MS);
    expect(kinds('retention-near')).toHaveLength(3);
    await clock.advance(10 * HOUR_MS);
    expect(health({ consumer }).retentionHeadroomMs).toBe(0);
  });

  test('is warned of at once when it comes near again within the hour', async () => {
    const calls = pendingAnswers();
    const { clock, transport, kinds } = await watching(calls.process);
    const near = async (offset: number): Promise<void> => {
      transport.batch(batchOf(offset, offset + 1, { epoch: 1, records: [record(offset, { timestamp: clock.now() - 9 * HOUR_MS })] }));
      await clock.advance(60_000);
    };
    await near(0);
    expect(kinds('retention-near')).toMatchObject([{ offset: 0 }]);
    calls.calls[0]?.resolve(consumed);
    await clock.advance(60_000);
    await near(1);
    expect(kinds('retention-near')).toMatchObject([{ offset: 0 }, { offset: 1 }]);
  });

  test('of a long retention it is warned of within the last day', async () => {
    const { clock, transport, kinds, brokers } = await watching(() => skipped(HOUR_MS));
    brokers.configs = { 'cleanup.policy': 'delete', 'retention.ms': String(30 * 24 * HOUR_MS) };
    await clock.advance(600_000);
    transport.batch(aged(0, 28 * 24 * HOUR_MS));
    await clock.advance(HOUR_MS);
    expect(kinds('retention-near')).toEqual([]);
    await clock.advance(24 * HOUR_MS);
    expect(kinds('retention-near').length).toBeGreaterThan(0);
  });

  test('a configuration that changes is seen within ten minutes; size is told of, and not guessed', async () => {
    const { clock, transport, consumer, brokers } = await watching(() => skipped(HOUR_MS));
    transport.batch(aged(0, HOUR_MS));
    expect(health({ consumer })).toMatchObject({ retentionHeadroomMs: 9 * HOUR_MS, retentionBySize: false });
    brokers.configs = { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '1000' };
    await clock.advance(570_000);
    expect(health({ consumer }).retentionBySize).toBe(false);
    await clock.advance(60_000);
    expect(health({ consumer })).toMatchObject({ retentionHeadroomMs: null, retentionBySize: true });
  });
});
