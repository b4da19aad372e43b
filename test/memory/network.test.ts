import { expect, test } from 'vitest';
import { Cluster } from '../../testing/broker/cluster.ts';
import { BrokerHost } from '../../testing/memory/broker-host.ts';
import { FaultInjector } from '../../testing/memory/fault-injector.ts';
import { FaultCounts } from '../../testing/fault/fault-counts.ts';
import { NetworkFaults } from '../../testing/memory/network-faults.ts';
import { Network } from '../../testing/memory/network.ts';
import { EventLoop } from '../../testing/simulation/event-loop.ts';
import { Incarnation } from '../../testing/simulation/incarnation.ts';

function networkOf(seed: number): { loop: EventLoop; network: Network; faults: FaultInjector } {
  const loop = new EventLoop();
  const host = new BrokerHost(new Cluster({ now: loop.now }), loop);
  const faults = new FaultInjector();
  return {
    loop,
    network: new Network(loop, host, faults, new NetworkFaults(new FaultCounts()), { seed, minLatencyMs: 1, maxLatencyMs: 50 }),
    faults,
  };
}

function advance(loop: EventLoop, durationMs: number): Promise<void> {
  return loop.drive({ condition: () => false, limitAt: loop.now + durationMs, expired: () => null, describe: () => 'time' });
}

/** Times of the answers to requests that are all sent at once. */
async function answerTimes(seed: number, purpose: string, alsoTalking: readonly string[] = []): Promise<readonly number[]> {
  const { loop, network } = networkOf(seed);
  const owner = new Incarnation('m1#1');
  for (const other of alsoTalking) void network.connect(owner, 1, other).request({ api: 'Metadata', topics: [] }, 1_000);
  const connection = network.connect(owner, 1, purpose);
  const times: number[] = [];
  const start = loop.now;
  for (let count = 0; count < 20; count += 1) {
    void connection.request({ api: 'Metadata', topics: [] }, 10_000).then(() => times.push(loop.now - start));
  }
  await advance(loop, 10_000);
  return times;
}

test('answers come in the order of the requests, however latencies differ', async () => {
  const { loop, network } = networkOf(1);
  const connection = network.connect(new Incarnation('m1#1'), 1, 'x');
  const answered: number[] = [];
  for (let count = 0; count < 50; count += 1)
    void connection.request({ api: 'Metadata', topics: [] }, 10_000).then(() => answered.push(count));
  await advance(loop, 10_000);
  expect(answered).toEqual(Array.from({ length: 50 }, (_, index) => index));
});

test('latency depends on seed and connection, and on nothing that goes on elsewhere', async () => {
  const times = await answerTimes(1, 'x');
  expect(times.length).toBe(20);
  expect(await answerTimes(1, 'x')).toEqual(times);
  expect(await answerTimes(1, 'x', ['y', 'z'])).toEqual(times);
  expect(await answerTimes(2, 'x')).not.toEqual(times);
  expect(await answerTimes(1, 'w')).not.toEqual(times);
});

test('no answer in time rejects, and an answer that comes later is dropped', async () => {
  const { loop, network } = networkOf(1);
  const connection = network.connect(new Incarnation('m1#1'), 1, 'x');
  const outcome = connection.request({ api: 'Metadata', topics: [] }, 0).catch((error: unknown) => error);
  await advance(loop, 1_000);
  await expect(outcome).resolves.toMatchObject({
    code: 'BROKER_UNREACHABLE',
    kafkaCode: 'REQUEST_TIMED_OUT',
    message: 'Broker 1 did not answer Metadata of m1#1 within 0 ms',
  });
  expect(connection.busy).toBe(false);
});

test('a closed connection rejects what is open and what comes', async () => {
  const { loop, network } = networkOf(1);
  const connection = network.connect(new Incarnation('m1#1'), 1, 'x');
  const open = connection.request({ api: 'Metadata', topics: [] }, 1_000);
  connection.close();
  await expect(open).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' });
  await expect(connection.request({ api: 'Metadata', topics: [] }, 1_000)).rejects.toThrow('is closed: Metadata was not sent');
  await advance(loop, 100);
});

test('faults: only for whom they are meant, as often as they say, counted when they are felt', () => {
  const faults = new FaultInjector();
  const fetch = (topic: string, partition: number) =>
    ({
      api: 'Fetch',
      correlationId: 1,
      clientId: 'x',
      maxWaitMs: 1,
      minBytes: 1,
      maxBytes: 1,
      isolationLevel: 'read_committed',
      partitions: [{ topic, partition, fetchOffset: 0, partitionMaxBytes: 1 }],
    }) as const;
  faults.inject({ kind: 'fetch-request-lost', member: 'm1', topic: 'orders', partition: 1, times: 2 });
  expect(faults.interfere('m2#1', fetch('orders', 1))).toBe(null);
  expect(faults.interfere('m10#1', fetch('orders', 1))).toBe(null);
  expect(faults.interfere('m1#1', fetch('orders', 0))).toBe(null);
  expect(faults.interfere('m1#1', fetch('other', 1))).toBe(null);
  expect(faults.interfere('m1#1', fetch('orders', 1))).toEqual({ does: 'lose-request' });
  expect(faults.interfere('m1#2', fetch('orders', 1))).toEqual({ does: 'lose-request' });
  expect(faults.interfere('m1#2', fetch('orders', 1))).toBe(null);
  expect(faults.fired.get('fetch-request-lost')).toBe(2);
  faults.inject({ kind: 'fetch-reply-lost' });
  const interference = faults.interfere('m1#1', fetch('orders', 1));
  expect(faults.fired.get('fetch-reply-lost')).toBe(undefined);
  if (interference?.does === 'lose-reply') interference.felt();
  expect(faults.fired.get('fetch-reply-lost')).toBe(1);
  faults.inject({ kind: 'fetch-request-lost' });
  faults.disarm();
  expect(faults.interfere('m1#1', fetch('orders', 1))).toBe(null);
});

test('a fault that makes no sense is refused at once', () => {
  const faults = new FaultInjector();
  expect(() => faults.inject({ kind: 'commit-refused', code: 'TYPO' })).toThrow(
    'Unknown Kafka error code "TYPO" in a fault of kind commit-refused',
  );
  expect(() => faults.inject({ kind: 'fetch-reply-lost', times: 0 })).toThrow('times must be a whole number from 1 on; given 0');
  expect(() => faults.inject({ kind: 'earthquake' } as never)).toThrow('Unknown fault kind "earthquake", or one that cannot meet');
});

test('refusing one partition of a produce leaves the others of the same request written', async () => {
  const { loop, network, faults } = networkOf(1);
  const { host } = network;
  host.ask(1, {
    api: 'CreateTopics',
    topics: [{ name: 'orders', numPartitions: -1, replicationFactor: -1, assignments: [[1], [1]], configs: {} }],
  });
  faults.inject({ kind: 'produce-refused', code: 'NOT_ENOUGH_REPLICAS', partition: 1 });
  const records = [{ key: null, value: null, headers: [], timestamp: 1 }];
  const partitions = [1, 0].map((partition) => ({ topic: 'orders', partition, records }));
  const answer = network.connect(new Incarnation('m1#1'), 1, 'x').request({ api: 'Produce', acks: -1, partitions }, 1_000);
  await advance(loop, 1_000);
  expect((await answer).partitions.map(({ partition, errorCode, baseOffset }) => [partition, errorCode, baseOffset])).toEqual([
    [1, 'NOT_ENOUGH_REPLICAS', -1],
    [0, 'NONE', 0],
  ]);
  expect([0, 1].map((partition) => host.cluster.log('orders', partition)?.logEndOffset)).toEqual([1, 0]);
});
