import { describe, expect, it } from 'vitest';
import { replay } from '../../examples/offsets/replay.ts';
import { MemoryVenue } from '../../testing/memory/memory-venue.ts';
import { startService } from './running-service.ts';

const HOUR_MS = 3_600_000;
const group = { groupId: 'billing', topic: 'orders', partition: 1 };

/** Ten records of an hour each; a group that has done the first eight. */
async function prepared(): Promise<{ readonly venue: MemoryVenue; readonly now: number; stored(): Promise<readonly (number | null)[]> }> {
  const venue = new MemoryVenue();
  await venue.admin.createTopics([{ name: 'orders', partitions: 2 }]);
  const now = venue.clock.now();
  for (const partition of [0, 1])
    for (let age = 9; age >= 0; age -= 1)
      await venue.produce('orders', partition, [{ key: null, value: null, headers: [], timestamp: now - age * HOUR_MS }]);
  await venue.admin.setCommittedOffsets(
    'billing',
    [0, 1].map((partition) => ({ topic: 'orders', partition, offset: 8 })),
  );
  const stored = async (): Promise<readonly (number | null)[]> =>
    (await venue.admin.committedOffsets('billing', ['orders'])).toSorted((a, b) => a.partition - b.partition).map(({ offset }) => offset);
  return { venue, now, stored };
}

describe('the example of offsets', () => {
  it('says where the group stands and what would come again, and does it only when it is told to', async () => {
    const { venue, now, stored } = await prepared();
    const lines: string[] = [];
    const since = { ...group, sinceMs: now - 4 * HOUR_MS };
    await replay(venue.admin, { ...since, execute: false }, (line) => lines.push(line));
    expect(lines).toEqual([
      'Group billing: Empty, members: 0',
      '  orders/0: committed 8 of 10, lag 2',
      '  orders/1: committed 8 of 10, lag 2',
      'orders/1: back from 8 to 5, up to 3 records again.',
      'This was a dry run, and nothing was changed. The same with --execute does it.',
    ]);
    expect(await stored()).toEqual([8, 8]);
    await replay(venue.admin, { ...since, execute: true }, (line) => lines.push(line));
    expect(lines.at(-1)).toBe('Done. Start the consumers again.');
    expect(await stored()).toEqual([8, 5]);
  });

  it('passes over nothing where the group is further behind than that', async () => {
    const { venue, now, stored } = await prepared();
    const lines: string[] = [];
    await replay(venue.admin, { ...group, sinceMs: now, execute: true }, (line) => lines.push(line));
    expect(lines.at(-1)).toContain('Nothing to replay: the group has done nothing of orders/1 since ');
    expect(await stored()).toEqual([8, 8]);
  });

  it('says how it is used, and what is wrong with its configuration', async () => {
    await using unused = startService({ KAFKA_CONSUMER_GROUP_ID: 'billing' }, 'offsets');
    expect(await unused.exited).toBe(2);
    expect(unused.output).toBe('usage: KAFKA_CONSUMER_GROUP_ID=... node examples/offsets/main.ts TOPIC PARTITION [--execute]\n');
    await using unreachable = startService({ KAFKA_CONSUMER_GROUP_ID: 'billing', KAFKA_BROKERS: '127.0.0.1:1' }, 'offsets', [
      'orders',
      '0',
    ]);
    expect(await unreachable.exited).toBe(1);
    expect(unreachable.output).toContain('127.0.0.1:1');
  });
});
