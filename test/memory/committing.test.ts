import { expect, test } from 'vitest';
import { join, recordsOf, settle, until, venueWith } from './rig.ts';

test('a commit is stored with its metadata and read back at the next assignment', async () => {
  const venue = await venueWith(1);
  await venue.produce('orders', 0, recordsOf(5));
  const first = await join(venue, 'm1');
  await expect(settle(venue, first.commit('orders/0', 3, 'note'))).resolves.toMatchObject([{ outcome: 'acknowledged', offset: 3 }]);
  expect(venue.committedOffset('group', 'orders', 0)).toBe(3);
  await settle(venue, first.consumer.stop());
  const second = await join(venue, 'm2');
  expect(second.assignments[0]?.partitions[0]).toMatchObject({
    committedOffset: 3,
    committedMetadata: 'note',
    logStartOffset: 0,
    logEndOffset: 5,
  });
  await until(venue, () => second.batches.length > 0, 'a batch');
  expect(second.offsets('orders/0')).toEqual([3, 4]);
});

test('the three outcomes: refused stores nothing, a lost request stores nothing, a lost reply stores', async () => {
  const venue = await venueWith(1);
  await venue.produce('orders', 0, recordsOf(5));
  const consumer = await join(venue, 'm1');
  venue.inject({ kind: 'commit-refused', code: 'COORDINATOR_LOAD_IN_PROGRESS' });
  await expect(settle(venue, consumer.commit('orders/0', 1))).resolves.toMatchObject([
    { outcome: 'refused', code: 'COORDINATOR_LOAD_IN_PROGRESS', retriable: true },
  ]);
  venue.inject({ kind: 'commit-request-lost' });
  await expect(settle(venue, consumer.commit('orders/0', 2))).resolves.toMatchObject([
    { outcome: 'unknown', cause: { code: 'BROKER_UNREACHABLE' } },
  ]);
  expect(venue.committedOffset('group', 'orders', 0)).toBe(null);
  venue.inject({ kind: 'commit-reply-lost' });
  await expect(settle(venue, consumer.commit('orders/0', 3))).resolves.toMatchObject([{ outcome: 'unknown' }]);
  expect(venue.committedOffset('group', 'orders', 0)).toBe(3);
  expect(Object.fromEntries(venue.fired)).toEqual({ 'commit-refused': 1, 'commit-request-lost': 1, 'commit-reply-lost': 1 });
});

test('a commit of an epoch that is over is refused and not sent', async () => {
  const venue = await venueWith(2);
  const consumer = await join(venue, 'm1');
  const old = consumer.partition('orders/0');
  await join(venue, 'm2');
  await until(venue, () => consumer.assignments.length === 2, 'the rebalance');
  const result = settle(venue, consumer.consumer.commit([{ ...old, offset: 1, metadata: null }]));
  await expect(result).resolves.toMatchObject([{ outcome: 'refused', code: 'ILLEGAL_GENERATION', retriable: false }]);
  expect(venue.committedOffset('group', 'orders', 0)).toBe(null);
});

test('one that was evicted without noticing is refused by the coordinator, then told that it lost', async () => {
  const venue = await venueWith(1);
  // Never beats within its session: the group removes it.
  const slow = await join(venue, 'm1', { heartbeatIntervalMs: 60_000 });
  await venue.advance(30_000);
  await expect(settle(venue, slow.commit('orders/0', 1))).resolves.toMatchObject([{ outcome: 'refused', code: 'UNKNOWN_MEMBER_ID' }]);
  await until(venue, () => slow.assignments.length === 2, 'the rejoin');
  expect(slow.events).toEqual(['assigned orders/0', 'lost orders/0 UNKNOWN_MEMBER_ID', 'assigned orders/0']);
});

test('a commit made inside revoked lands before the rejoin', async () => {
  const venue = await venueWith(2);
  const outcomes: string[] = [];
  const first = await join(venue, 'm1', {}, (each) => {
    each.onRevoked = async () => {
      const results = await each.commit('orders/0', 1);
      outcomes.push(...results.map(({ outcome }) => outcome));
    };
  });
  await venue.produce('orders', 0, recordsOf(2));
  await join(venue, 'm2');
  await until(venue, () => first.assignments.length === 2, 'the rebalance');
  expect(outcomes).toEqual(['acknowledged']);
  expect(venue.committedOffset('group', 'orders', 0)).toBe(1);
  expect(first.events).toEqual(['assigned orders/0 orders/1', 'revoked orders/0 orders/1', 'assigned orders/0']);
});

test('a rejoin keeps the offsets of the group', async () => {
  const venue = await venueWith(2);
  await venue.produce('orders', 1, recordsOf(4));
  const first = await join(venue, 'm1');
  await settle(venue, first.commit('orders/1', 4));
  const second = await join(venue, 'm2');
  await until(venue, () => first.assignments.length === 2, 'the rebalance');
  const all = [...(first.assignments[1]?.partitions ?? []), ...(second.assignments[0]?.partitions ?? [])];
  expect(all.map(({ partition, committedOffset }) => [partition, committedOffset]).toSorted()).toEqual([
    [0, null],
    [1, 4],
  ]);
});

test('offsets from outside are refused while the group has members, and stored when it has none', async () => {
  const venue = await venueWith(1);
  const consumer = await join(venue, 'm1');
  const outside = (): Promise<void> => venue.admin.setCommittedOffsets('group', [{ topic: 'orders', partition: 0, offset: 2 }]);
  await expect(outside()).rejects.toMatchObject({ code: 'GROUP_NOT_EMPTY' });
  await settle(venue, consumer.consumer.stop());
  await outside();
  expect(venue.committedOffset('group', 'orders', 0)).toBe(2);
});
