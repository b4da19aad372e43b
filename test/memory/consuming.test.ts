import { expect, test } from 'vitest';
import { MemoryVenue } from '../../testing/memory/memory-venue.ts';
import { join, recordOf, recordsOf, settle, until, venueWith } from './rig.ts';

test('records arrive as they were written: keys, nulls, headers, timestamps, in order and without a copy', async () => {
  const venue = await venueWith(1);
  const headers = [
    ['b', Buffer.from('1')],
    ['a', null],
    ['b', Buffer.from('2')],
  ] as const;
  await venue.produce('orders', 0, [recordOf('text', { key: Buffer.from('k'), headers, timestamp: 77 }), recordOf(null), recordOf('')]);
  const consumer = await join(venue, 'm1');
  await until(venue, () => consumer.batches.length > 0, 'a batch');
  const records = consumer.batches[0]?.records ?? [];
  expect(records.map(({ offset, value, timestamp }) => [offset, value === null ? null : value.length, timestamp])).toEqual([
    [0, 4, 77],
    [1, null, 1],
    [2, 0, 1],
  ]);
  expect(records[0]?.headers).toEqual(headers);
  expect(records[0]).toBe(venue.records('orders')[0]);
});

test('a fetch at an offset inside a batch delivers nothing below it', async () => {
  const venue = await venueWith(1);
  await venue.produce('orders', 0, recordsOf(10));
  const consumer = await join(venue, 'm1', {}, (each) => (each.fetches = false));
  consumer.consumer.fetchFrom(consumer.partition('orders/0'), 7);
  await until(venue, () => consumer.batches.length > 0, 'a batch');
  expect(consumer.batches[0]).toMatchObject({ fetchedFrom: 7, nextOffset: 10, highWatermark: 10, logStartOffset: 0 });
  expect(consumer.offsets('orders/0')).toEqual([7, 8, 9]);
});

test('an empty fetch delivers nothing at all, and the next record wakes the long poll', async () => {
  const venue = await venueWith(1);
  const consumer = await join(venue, 'm1', { maxWaitTimeMs: 5_000 });
  await venue.advance(30_000);
  expect(consumer.batches).toEqual([]);
  const before = venue.clock.now();
  await venue.produce('orders', 0, recordsOf(1));
  await until(venue, () => consumer.batches.length > 0, 'a batch');
  expect(venue.clock.now() - before).toBeLessThan(20);
});

test('pause stops one partition and not the other; heartbeats go on; resume goes on where it stopped', async () => {
  const venue = await venueWith(2);
  const consumer = await join(venue, 'm1');
  consumer.consumer.pause([consumer.partition('orders/0')]);
  // One fetch may be in flight.
  await venue.advance(1_000);
  await venue.produce('orders', 0, recordsOf(2));
  await venue.produce('orders', 1, recordsOf(3));
  await venue.advance(60_000);
  expect(consumer.offsets('orders/0')).toEqual([]);
  expect(consumer.offsets('orders/1')).toEqual([0, 1, 2]);
  expect(consumer.events).toEqual(['assigned orders/0 orders/1']);
  consumer.consumer.resume([consumer.partition('orders/0')]);
  await until(venue, () => consumer.offsets('orders/0').length === 2, 'the paused records');
});

test('a dropped batch is forgotten: nothing comes until fetchFrom, which may ask for the same again', async () => {
  const venue = await venueWith(1);
  await venue.produce('orders', 0, recordsOf(3));
  const consumer = await join(venue, 'm1', {}, (each) => (each.verdict = 'dropped'));
  await venue.advance(10_000);
  expect(consumer.batches.length).toBe(1);
  consumer.verdict = 'accepted';
  consumer.consumer.fetchFrom(consumer.partition('orders/0'), 0);
  await until(venue, () => consumer.batches.length > 1, 'it again');
  expect(consumer.offsets('orders/0')).toEqual([0, 1, 2, 0, 1, 2]);
});

test('out of range is told with the range, and nothing moves until fetchFrom', async () => {
  const venue = await venueWith(1);
  await venue.produce('orders', 0, recordsOf(10));
  await venue.admin.deleteRecords([{ topic: 'orders', partition: 0, beforeOffset: 4 }]);
  const consumer = await join(venue, 'm1', {}, (each) => (each.fetches = false));
  consumer.consumer.fetchFrom(consumer.partition('orders/0'), 2);
  await until(venue, () => consumer.ranges.length > 0, 'out of range');
  expect(consumer.ranges[0]).toMatchObject({ topic: 'orders', partition: 0, fetchedFrom: 2, logStartOffset: 4, logEndOffset: 10 });
  await venue.advance(10_000);
  expect(consumer.ranges.length).toBe(1);
  expect(consumer.batches).toEqual([]);
  expect(venue.committedOffset('group', 'orders', 0)).toBe(null);
  consumer.consumer.fetchFrom(consumer.partition('orders/0'), 4);
  await until(venue, () => consumer.batches.length > 0, 'a batch');
  expect(consumer.offsets('orders/0')).toEqual([4, 5, 6, 7, 8, 9]);
});

test('a topic made again is lost and assigned anew, never read on from the old offset', async () => {
  const venue = await venueWith(1);
  await venue.produce('orders', 0, recordsOf(5));
  const consumer = await join(venue, 'm1');
  await until(venue, () => consumer.batches.length > 0, 'a batch');
  const oldEpoch = consumer.partition('orders/0').epoch;
  const oldTopicId = consumer.assignments[0]?.partitions[0]?.topicId;
  await venue.admin.deleteTopics(['orders']);
  await venue.advance(2_000);
  await venue.admin.createTopics([{ name: 'orders', partitions: 1 }]);
  await venue.produce('orders', 0, recordsOf(2));
  await until(venue, () => consumer.assignments.length > 1, 'the new assignment');
  expect(consumer.events).toContain('lost orders/0 UNKNOWN_TOPIC_ID');
  expect(consumer.partition('orders/0').epoch).toBeGreaterThan(oldEpoch);
  expect(consumer.assignments[1]?.partitions[0]?.topicId).not.toBe(oldTopicId);
  await until(venue, () => consumer.offsets('orders/0').length === 7, 'the new records');
  expect(consumer.offsets('orders/0')).toEqual([0, 1, 2, 3, 4, 0, 1]);
});

test('a lost fetch reply costs a time-out and no record, and heartbeats go on meanwhile', async () => {
  const venue = await venueWith(1);
  const consumer = await join(venue, 'm1', { requestTimeoutMs: 15_000 });
  venue.inject({ kind: 'fetch-reply-lost', topic: 'orders' });
  await venue.produce('orders', 0, recordsOf(3));
  await until(venue, () => consumer.offsets('orders/0').length === 3, 'the records');
  expect(venue.fired.get('fetch-reply-lost')).toBe(1);
  expect(consumer.events).toEqual(['assigned orders/0', 'warning REQUEST_TIMED_OUT']);
});

test('a million records in a partition are handed over without being copied', async () => {
  const venue = await venueWith(1, { brokerConfig: { messageMaxBytes: 100_000_000 } });
  const record = recordOf('x'.repeat(100));
  for (let count = 0; count < 20; count += 1) await venue.produce('orders', 0, new Array<typeof record>(50_000).fill(record));
  let delivered = 0;
  const consumer = await join(venue, 'm1', { maxBytesPerPartition: 10_000_000 }, (each) => {
    each.batch = ({ records }) => {
      delivered += records.length;
      return 'accepted';
    };
  });
  const realStart = performance.now();
  await until(venue, () => delivered === 1_000_000, 'all of them');
  expect(performance.now() - realStart).toBeLessThan(1_000);
  await settle(venue, consumer.consumer.stop());
});

test('a fetch with records of two leaders says where the leader epoch of the second begins', async () => {
  const venue = new MemoryVenue();
  await venue.admin.createTopics([{ name: 'orders', partitions: 1, replicationFactor: 2 }]);
  await venue.produce('orders', 0, recordsOf(3));
  venue.inject({ kind: 'leader-moved', topic: 'orders', partition: 0 });
  await venue.advance(1);
  await venue.produce('orders', 0, recordsOf(2));
  const consumer = await join(venue, 'm1', {}, (each) => (each.fetches = false));
  consumer.consumer.fetchFrom(consumer.partition('orders/0'), 1);
  await until(venue, () => consumer.batches.length > 0, 'a batch');
  expect(consumer.batches[0]).toMatchObject({
    nextOffset: 5,
    leaderEpochs: [
      { from: 1, leaderEpoch: 0 },
      { from: 3, leaderEpoch: 1 },
    ],
  });
});
