import { describe, expect, test } from 'vitest';
import type { OffsetSpec, TransportAdmin } from '../../src/admin.ts';
import { takeStartSnapshot } from '../../src/consumer/start-snapshot.ts';

/** A cluster with two partitions in each topic, of which a test says what the group has stored. */
function adminOf(stored: Readonly<Record<string, readonly (number | null)[]>>, ends: (number | null)[] = [7, 8]) {
  const asked: OffsetSpec[] = [];
  const admin = {
    describeTopics: async (names: readonly string[]) =>
      names.map((name) => ({ name, topicId: `id of ${name}`, partitions: [{ partition: 0 }, { partition: 1 }] })),
    listOffsets: async (places: readonly { readonly topic: string; readonly partition: number }[], at: OffsetSpec) => {
      asked.push(at);
      return places.map((place) => ({ ...place, offset: ends[place.partition] ?? null }));
    },
    committedOffsets: async (_group: string, topics: readonly string[]) =>
      topics.flatMap((topic) => [0, 1].map((partition) => ({ topic, partition, offset: stored[topic]?.[partition] ?? null }))),
  } as unknown as TransportAdmin;
  return { admin, asked };
}

describe('what is known of a group before it first joins', () => {
  test('is the end of every log of a topic that it had never committed anything of', async () => {
    const { admin, asked } = adminOf({});
    expect([...(await takeStartSnapshot(admin, 'billing', ['orders']))]).toEqual([
      ['orders/0', { logEnd: 7, topicId: 'id of orders' }],
      ['orders/1', { logEnd: 8, topicId: 'id of orders' }],
    ]);
    expect(asked).toEqual(['latest']);
  });

  test('is nothing of a topic that it had started in part: a partition that was added since is read from its beginning', async () => {
    for (const stored of [0, -1, 5]) {
      const { admin } = adminOf({ orders: [stored, null] });
      expect([...(await takeStartSnapshot(admin, 'billing', ['orders', 'payments'])).keys()]).toEqual(['payments/0', 'payments/1']);
    }
  });

  test('is nothing of a log whose end is not told', async () => {
    const { admin } = adminOf({}, [null, 8]);
    expect([...(await takeStartSnapshot(admin, 'billing', ['orders'])).keys()]).toEqual(['orders/1']);
  });
});
