import { expect, test } from 'vitest';
import { KafkaError } from '../../src/errors.ts';
import { MemoryVenue } from '../../testing/memory/memory-venue.ts';
import { join, RecordingConsumer, recordsOf, settle, until, venueWith } from './rig.ts';

test('members that join at once all get their share, none is refused', async () => {
  const venue = await venueWith(6);
  const members = ['a', 'b', 'c'].map((name) => new RecordingConsumer(venue.openMember(name)));
  await settle(venue, Promise.all(members.map(({ consumer }) => consumer.start())));
  await venue.advance(10_000);
  expect(members.map(({ held }) => held.size)).toEqual([2, 2, 2]);
  expect(new Set(members.flatMap(({ held }) => [...held.keys()])).size).toBe(6);
  for (const { events } of members) expect(events.filter((event) => event.startsWith('lost') || event.startsWith('warning'))).toEqual([]);
});

test('more members than partitions: the last is told an empty assignment and takes over later', async () => {
  const venue = await venueWith(1);
  const first = await join(venue, 'm1');
  const second = await join(venue, 'm2');
  await venue.advance(5_000);
  expect([first.held.size, second.held.size].toSorted()).toEqual([0, 1]);
  const owner = first.held.size === 1 ? first : second;
  const other = owner === first ? second : first;
  await settle(venue, owner.consumer.stop());
  await until(venue, () => other.held.size === 1, 'the take-over');
});

test('revoked is awaited before the rejoin, up to the grace', async () => {
  const venue = await venueWith(2);
  const released = Promise.withResolvers<void>();
  const first = await join(venue, 'm1', {}, (each) => (each.onRevoked = () => released.promise));
  const second = new RecordingConsumer(venue.openMember('m2'));
  let isStarted = false;
  void second.consumer.start().then(() => (isStarted = true));
  await venue.advance(15_000);
  expect(first.events.at(-1)).toBe('revoked orders/0 orders/1');
  expect(isStarted).toBe(false);
  released.resolve();
  await until(venue, () => isStarted, 'the second member');
});

test('whoever holds on for longer than the grace is passed over', async () => {
  const venue = await venueWith(2);
  await join(venue, 'm1', {}, (each) => (each.onRevoked = () => new Promise(() => {})));
  const before = venue.clock.now();
  const second = await join(venue, 'm2');
  expect(venue.clock.now() - before).toBeLessThanOrEqual(20_000);
  expect(second.held.size).toBeGreaterThan(0);
});

test('a batch that was asked for before a rejoin is not delivered after it', async () => {
  const venue = await venueWith(2);
  // The long poll lasts longer than the rebalance: its answer comes in the next generation.
  const first = await join(venue, 'm1', { maxWaitTimeMs: 30_000, requestTimeoutMs: 31_000 });
  await venue.advance(100);
  const second = await join(venue, 'm2');
  await until(venue, () => first.assignments.length === 2, 'the rebalance');
  for (const partition of [0, 1]) await venue.produce('orders', partition, recordsOf(3));
  await until(venue, () => first.batches.length > 0 && second.batches.length > 0, 'batches');
  await venue.advance(60_000);
  for (const consumer of [first, second]) {
    const epochs = new Set(consumer.assignments.at(-1)?.partitions.map(({ epoch }) => epoch));
    for (const batch of consumer.batches) expect(epochs.has(batch.epoch)).toBe(true);
  }
  expect([...first.batches, ...second.batches].map(({ partition }) => partition).toSorted()).toEqual([0, 1]);
});

test('a killed member keeps its partitions until its session ends, then they move', async () => {
  const venue = await venueWith(1);
  const first = await join(venue, 'm1');
  first.member.kill();
  const second = new RecordingConsumer(venue.openMember('m2'));
  const killedAt = venue.clock.now();
  await settle(venue, second.consumer.start());
  expect(venue.clock.now() - killedAt).toBeGreaterThanOrEqual(9_000);
  expect(venue.clock.now() - killedAt).toBeLessThan(25_000);
  expect(second.held.size).toBe(1);
});

test('a commit that was on its way at death arrives; everything after it is a stale effect', async () => {
  const venue = await venueWith(1);
  const consumer = await join(venue, 'm1');
  const events = consumer.events.length;
  let isSettled = false;
  void consumer.commit('orders/0', 1).finally(() => (isSettled = true));
  consumer.member.kill();
  const { transport, clock } = consumer.member;
  void consumer.commit('orders/0', 9).finally(() => (isSettled = true));
  void transport
    .createProducer({ requestTimeoutMs: 1_000 })
    .produce([{ topic: 'orders', partition: 0, records: recordsOf(1) }])
    .finally(() => (isSettled = true));
  void consumer.consumer.stop().finally(() => (isSettled = true));
  clock.setTimer(1, () => (isSettled = true));
  await venue.advance(120_000);
  expect(venue.committedOffset('group', 'orders', 0)).toBe(1);
  expect(venue.records('orders')).toEqual([]);
  expect(isSettled).toBe(false);
  expect(consumer.events.length).toBe(events);
  expect(consumer.member.staleEffects).toEqual(['committed orders/0@9', 'produced to orders/0', 'left group group', 'set a timer of 1 ms']);
});

test('a static member that comes back in time gets its partitions without a rebalance', async () => {
  const venue = await venueWith(2);
  const first = await join(venue, 'm1', { groupInstanceId: 'one', sessionTimeoutMs: 60_000 });
  const second = await join(venue, 'm2', { groupInstanceId: 'two', sessionTimeoutMs: 60_000 });
  await venue.advance(5_000);
  const held = [...first.held.keys()];
  const assignments = second.assignments.length;
  first.member.kill();
  const again = await join(venue, 'm1', { groupInstanceId: 'one', sessionTimeoutMs: 60_000 });
  await venue.advance(10_000);
  expect([...again.held.keys()]).toEqual(held);
  expect(second.assignments.length).toBe(assignments);
});

test('a second member with the same instance id fences the first, which says so and is dead', async () => {
  const venue = await venueWith(1);
  const first = await join(venue, 'm1', { groupInstanceId: 'one' });
  await join(venue, 'm2', { groupInstanceId: 'one' });
  await until(venue, () => first.failures.length > 0, 'the fencing');
  expect(first.events).toEqual(['assigned orders/0', 'lost orders/0 FENCED_INSTANCE_ID', 'failed FENCED_INSTANCE_ID']);
  expect(first.failures[0]?.message).toContain('another member uses the same groupInstanceId');
});

test('what the brokers do not accept rejects the start, with the reason', async () => {
  const venue = await venueWith(1);
  const consumer = new RecordingConsumer(venue.openMember('m1'), { sessionTimeoutMs: 100 });
  const started = settle(venue, consumer.consumer.start());
  await expect(started).rejects.toThrow(
    /INVALID_SESSION_TIMEOUT \(sessionTimeoutMs \(KAFKA_SESSION_TIMEOUT_MS\) is 100, outside of what the brokers take: group.min/,
  );
});

test('stop aborts a start, and no listener call follows', async () => {
  const venue = await venueWith(1);
  const consumer = new RecordingConsumer(venue.openMember('m1'));
  const started = consumer.consumer.start();
  const stopped = consumer.consumer.stop();
  await expect(settle(venue, started)).rejects.toBeInstanceOf(KafkaError);
  await settle(venue, stopped);
  await venue.advance(60_000);
  expect(consumer.events).toEqual([]);
});

test('partitions that are added are assigned after a while', async () => {
  const venue = await venueWith(1);
  const consumer = await join(venue, 'm1');
  await venue.admin.createPartitions('orders', 3);
  await until(venue, () => consumer.held.size === 3, 'the new partitions');
  expect(consumer.events).toEqual(['assigned orders/0', 'revoked orders/0', 'assigned orders/0 orders/1 orders/2']);
});

test('a topic that is made later is assigned then', async () => {
  const venue = new MemoryVenue();
  const consumer = await join(venue, 'm1');
  expect(consumer.held.size).toBe(0);
  await venue.admin.createTopics([{ name: 'orders', partitions: 2 }]);
  await until(venue, () => consumer.held.size === 2, 'the new topic');
});
