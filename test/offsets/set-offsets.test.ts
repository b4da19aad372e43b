import { beforeEach, describe, expect, test } from 'vitest';
import { consume } from '../../src/action.ts';
import type { TransportAdmin } from '../../src/admin.ts';
import { kafkaConfig } from '../../src/config/create-kafka-config.ts';
import { defineHandler } from '../../src/define-handler.ts';
import type { KafkaError } from '../../src/errors.ts';
import { silentLogger } from '../../src/logger.ts';
import { KafkaManager } from '../../src/manager.ts';
import { applyOffsets } from '../../src/offsets/apply-offsets.ts';
import { readGroupOffsets } from '../../src/offsets/group-offsets.ts';
import { planOffsets } from '../../src/offsets/plan-offsets.ts';
import type { OffsetTarget } from '../../src/offsets/plan-offsets.ts';
import { MemoryVenue } from '../../testing/memory/memory-venue.ts';
import { RecordingConsumer } from '../memory/rig.ts';

const HOUR_MS = 3_600_000;

let venue: MemoryVenue;
let admin: TransportAdmin;
let startedAt: number;

/** Ten records in partition 0, one an hour; three in partition 1. */
beforeEach(async () => {
  venue = new MemoryVenue();
  admin = venue.admin;
  startedAt = venue.clock.now() - 10 * HOUR_MS;
  await admin.createTopics([{ name: 'orders', partitions: 2 }]);
  await produce(0, 10);
  await produce(1, 3);
});

async function produce(partition: number, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1)
    await venue.produce('orders', partition, [{ key: null, value: new Uint8Array(), headers: [], timestamp: startedAt + index * HOUR_MS }]);
}

const plan = (to: OffsetTarget, partitions?: readonly number[]) =>
  planOffsets(admin, { groupId: 'billing', topics: ['orders'], to, ...(partitions === undefined ? {} : { partitions }) });

const stored = async (): Promise<(number | null)[]> => (await admin.committedOffsets('billing', ['orders'])).map(({ offset }) => offset);

/** A member of the group that has committed, and with what. */
async function joined(offset: number | null, metadata: string | null = null): Promise<RecordingConsumer> {
  const member = new RecordingConsumer(venue.openMember('a'), { groupId: 'billing', topics: ['orders'] });
  const started = member.consumer.start();
  await venue.until(() => member.held.size === 2, { withinMs: 60_000, describe: () => 'an assignment' });
  await started;
  if (offset !== null) {
    const committed = member.consumer.commit([{ ...member.partition('orders/0'), offset, metadata }]);
    let settled = false;
    void committed.then(() => (settled = true));
    await venue.until(() => settled, { withinMs: 60_000, describe: () => 'the commit' });
  }
  return member;
}

async function left(member: RecordingConsumer): Promise<void> {
  void member.consumer.stop();
  await venue.until(async () => (await admin.describeGroup('billing')).state === 'Empty', {
    withinMs: 60_000,
    describe: () => 'the group to be empty',
  });
}

describe('a plan', () => {
  test('changes nothing', async () => {
    await plan('earliest');
    expect(await stored()).toEqual([null, null]);
    expect((await admin.describeGroup('billing')).state).toBe('Dead');
  });

  test.each([
    ['earliest', [4, 0]],
    ['latest', [10, 3]],
    [{ timestampMs: 0 }, [4, 0]],
    [{ timestampMs: 2 * HOUR_MS }, [4, 2]],
    [{ timestampMs: 6 * HOUR_MS }, [6, 3]],
    [{ timestampMs: 100 * HOUR_MS }, [10, 3]],
  ] as const)('to %j, with records 0 to 3 of partition 0 removed, is %j', async (to, expected) => {
    await admin.deleteRecords([{ topic: 'orders', partition: 0, beforeOffset: 4 }]);
    const target = typeof to === 'string' ? to : { timestampMs: to.timestampMs === 0 ? 0 : startedAt + to.timestampMs };
    expect((await plan(target)).partitions.map(({ newOffset }) => newOffset)).toEqual(expected);
  });

  test('to an offset, of one partition', async () => {
    expect((await plan({ offset: 7 }, [0])).partitions).toMatchObject([{ partition: 0, newOffset: 7, change: 'first' }]);
  });

  test('an offset that a log does not have is refused, with what it has', async () => {
    await admin.deleteRecords([{ topic: 'orders', partition: 0, beforeOffset: 4 }]);
    await expect(plan({ offset: 3 })).rejects.toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
      message: 'The offset 3 is outside of a log: orders/0 from 4 to 10. Nothing was set.',
    });
    await expect(plan({ offset: 5 })).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE', details: { partitions: ['orders/1'] } });
  });

  test('a topic or partition that is not there is refused', async () => {
    await expect(plan('latest', [0, 2])).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC',
      message: expect.stringContaining('orders/2') as string,
    });
    await expect(planOffsets(admin, { groupId: 'billing', topics: ['ordres'], to: 'latest' })).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC',
    });
    expect((await admin.describeTopics()).map(({ name }) => name)).toEqual(['orders']);
  });

  test.each([
    ['no topic', { groupId: 'billing', topics: [], to: 'latest' }],
    ['no group', { groupId: '', topics: ['orders'], to: 'latest' }],
    ['half a partition', { groupId: 'billing', topics: ['orders'], partitions: [0.5], to: 'latest' }],
    ['a negative offset', { groupId: 'billing', topics: ['orders'], to: { offset: -1 } }],
    ['no number', { groupId: 'billing', topics: ['orders'], to: { timestampMs: Number.NaN } }],
  ] as const)('%s is refused', async (_what, request) => {
    await expect(planOffsets(admin, request)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

describe('applying', () => {
  test("a group's first offset: then a reset of none can start", async () => {
    await applyOffsets(admin, await plan('latest'));
    expect(await stored()).toEqual([10, 3]);
    const member = await joined(null);
    expect(member.assignments[0]?.partitions.map(({ committedOffset }) => committedOffset)).toEqual([10, 3]);
    await left(member);
  });

  test('with the reset none a consumer cannot start before, and starts there after', async () => {
    const delivered: string[] = [];
    const start = async (name: string): Promise<string> => {
      const { transport, clock, random } = venue.openMember(name);
      const config = kafkaConfig({ enabled: true, groupId: 'billing', autoOffsetReset: 'none', lagIntervalMs: 0 });
      const manager = new KafkaManager(config, { transport, clock, random, logger: silentLogger });
      manager.register(defineHandler({ topic: 'orders', handle: (_value, { id }) => (delivered.push(id), consume()) }));
      let outcome = '';
      manager.start().then(
        () => (outcome = 'started'),
        (error: KafkaError) => (outcome = error.code),
      );
      await venue.until(() => outcome !== '', { withinMs: 60_000, describe: () => 'the start' });
      return outcome;
    };
    expect(await start('before')).toBe('NO_COMMITTED_OFFSET');
    await venue.until(async () => (await admin.describeGroup('billing')).members.length === 0, {
      withinMs: 60_000,
      describe: () => 'the group to be empty',
    });
    await applyOffsets(admin, await plan({ timestampMs: startedAt + 2 * HOUR_MS }));
    expect(await start('after')).toBe('started');
    await venue.until(() => delivered.length === 9, { withinMs: 60_000, describe: () => 'the records' });
    expect(delivered.toSorted()).toEqual([...[2, 3, 4, 5, 6, 7, 8, 9].map((offset) => `orders/0/${offset}`), 'orders/1/2']);
  });

  test('back and again: the records are delivered again', async () => {
    await applyOffsets(admin, await plan('latest'));
    const back = await plan({ timestampMs: startedAt + 2 * HOUR_MS });
    expect(back.partitions).toMatchObject([
      { newOffset: 2, deliveredAgain: 8 },
      { newOffset: 2, deliveredAgain: 1 },
    ]);
    await applyOffsets(admin, back);
    const member = await joined(null);
    await venue.until(() => member.batches.length === 2, { withinMs: 60_000, describe: () => 'the records' });
    expect(member.batches.map(({ partition, records }) => [partition, records[0]?.offset])).toEqual(
      expect.arrayContaining([
        [0, 2],
        [1, 2],
      ]),
    );
    await left(member);
  });

  test('passing over records takes an explicit word', async () => {
    await applyOffsets(admin, await plan({ offset: 1 }));
    const forward = await plan('latest');
    await expect(applyOffsets(admin, forward)).rejects.toMatchObject({
      code: 'OFFSET_SKIPS_RECORDS',
      details: { records: 11, partitions: ['orders/0', 'orders/1'] },
    });
    expect(await stored()).toEqual([1, 1]);
    await applyOffsets(admin, forward, { allowSkip: true });
    expect(await stored()).toEqual([10, 3]);
  });

  test('while the group has members nothing is set, and they are named', async () => {
    const member = await joined(5);
    const planned = await plan('earliest');
    expect(planned.members).toHaveLength(1);
    const refused = await applyOffsets(admin, planned).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'GROUP_NOT_EMPTY' });
    expect(String(refused)).toMatch(/Stop these first: "\S+" \("\S+"\) with orders\/0, orders\/1\./);
    expect(await stored()).toEqual([5, null]);
    await left(member);
    await applyOffsets(admin, planned);
    expect(await stored()).toEqual([0, 0]);
  });

  test('what the old commit said to be done above it goes with it; where nothing changes it stays', async () => {
    await left(await joined(5, 'done above: 7, 8'));
    await applyOffsets(admin, await plan({ offset: 5 }, [0]));
    expect((await admin.committedOffsets('billing', ['orders']))[0]).toMatchObject({ offset: 5, metadata: 'done above: 7, 8' });
    const back = await plan({ offset: 4 }, [0]);
    expect(back.partitions).toMatchObject([{ dropsMetadata: true }]);
    await applyOffsets(admin, back);
    expect((await readGroupOffsets(admin, { groupId: 'billing' })).partitions).toMatchObject([{ committed: 4, metadata: null }]);
  });

  test('a plan that was overtaken is refused', async () => {
    const planned = await plan({ offset: 3 });
    await left(await joined(5));
    await expect(applyOffsets(admin, planned)).rejects.toMatchObject({
      code: 'OFFSET_PLAN_STALE',
      message: expect.stringContaining('orders/0') as string,
    });
    expect(await stored()).toEqual([5, null]);
  });

  test('offsets that somebody else replaces at once are noticed', async () => {
    const planned = await plan({ offset: 3 });
    const racing: TransportAdmin = Object.create(admin, {
      setCommittedOffsets: {
        value: (groupId: string, offsets: Parameters<TransportAdmin['setCommittedOffsets']>[1]) =>
          admin.setCommittedOffsets(
            groupId,
            offsets.map((each) => ({ ...each, offset: 1 })),
          ),
      },
      describeGroup: { value: (groupId: string) => admin.describeGroup(groupId) },
      committedOffsets: { value: (groupId: string, topics: readonly string[]) => admin.committedOffsets(groupId, topics) },
    }) as TransportAdmin;
    await expect(applyOffsets(racing, planned)).rejects.toMatchObject({ code: 'COMMIT_REFUSED' });
  });
});

describe('where a group stands', () => {
  test('all that it has an offset for, with its lag', async () => {
    await admin.createTopics([{ name: 'other', partitions: 1 }]);
    await applyOffsets(admin, await plan({ offset: 4 }, [0]));
    await admin.deleteRecords([{ topic: 'orders', partition: 0, beforeOffset: 6 }]);
    const shown = await readGroupOffsets(admin, { groupId: 'billing' });
    expect(shown).toMatchObject({ groupId: 'billing', state: 'Empty', members: [] });
    expect(shown.partitions).toEqual([
      { topic: 'orders', partition: 0, committed: 4, metadata: null, logStartOffset: 6, lastStableOffset: 10, logEndOffset: 10, lag: 4 },
    ]);
    expect((await readGroupOffsets(admin, { groupId: 'billing', topics: ['orders', 'other'] })).partitions).toMatchObject([
      { topic: 'orders', partition: 0, lag: 4 },
      { topic: 'orders', partition: 1, committed: null, lag: null },
      { topic: 'other', partition: 0, committed: null, lag: null },
    ]);
  });

  test('a group that was never used has nothing', async () => {
    expect(await readGroupOffsets(admin, { groupId: 'typo' })).toEqual({ groupId: 'typo', state: 'Dead', members: [], partitions: [] });
  });
});
