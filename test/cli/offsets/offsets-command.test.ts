import { beforeEach, expect, test } from 'vitest';
import { setOffsets, showOffsets, type SetOffsetsOptions } from '../../../cli/offsets/offsets-command.ts';
import type { TransportAdmin } from '../../../src/admin.ts';
import { MemoryVenue } from '../../../testing/memory/memory-venue.ts';

let admin: TransportAdmin;
let said: string[];
const say = (line: string): void => void said.push(line);

beforeEach(async () => {
  const venue = new MemoryVenue();
  admin = venue.admin;
  said = [];
  await admin.createTopics([{ name: 'orders', partitions: 2 }]);
  for (let offset = 0; offset < 1_200; offset += 1)
    await venue.produce('orders', 0, [{ key: null, value: new Uint8Array(), headers: [], timestamp: venue.clock.now() }]);
});

const set = async (given: Partial<SetOffsetsOptions>): Promise<number> => {
  said = [];
  return setOffsets(admin, { group: 'billing', topics: ['orders'], to: 'latest', ...given }, say);
};
const stored = async (): Promise<(number | null)[]> => (await admin.committedOffsets('billing', ['orders'])).map(({ offset }) => offset);

test('a dry run says what would be set, and sets nothing', async () => {
  expect(await set({ to: 'earliest' })).toBe(0);
  expect(said).toEqual([
    'Group billing, which was never used: what would be set; this is a dry run',
    '  partition   now  new  what it does',
    '  orders/0   none    0  the first offset',
    '  orders/1   none    0  the first offset',
    'Nothing was changed. To do it: the same with --execute.',
  ]);
  expect(await stored()).toEqual([null, null]);
});

test('--execute does it, and a second time nothing is left to do', async () => {
  expect(await set({ execute: true })).toBe(0);
  expect(said.at(-1)).toBe('Done: 2 offsets are set.');
  expect(await stored()).toEqual([1_200, 0]);
  await set({});
  expect(said.slice(2)).toEqual([
    '  orders/0   1,200  1,200  nothing, it stands there',
    '  orders/1       0      0  nothing, it stands there',
    'Nothing would change.',
  ]);
});

test('a replay says how much comes again', async () => {
  await set({ execute: true });
  await set({ to: { offset: 100 }, partitions: [0] });
  expect(said).toContain('  orders/0   1,200  100  up to 1,100 records delivered again');
  expect(said.at(-1)).toContain('--execute');
});

test('passing over records is marked, asks for --allow-skip and is refused without it', async () => {
  await set({ to: { offset: 1 }, partitions: [0], execute: true });
  await set({});
  expect(said).toContain('  orders/0      1  1,200  up to 1,199 records PASSED OVER, never delivered');
  expect(said.join('\n')).toContain('That needs --allow-skip too.');
  await expect(set({ execute: true })).rejects.toMatchObject({ code: 'OFFSET_SKIPS_RECORDS' });
  expect(said.join('\n')).not.toContain('Done');
  expect(await stored()).toEqual([1, null]);
  await set({ execute: true, allowSkip: true });
  expect(await stored()).toEqual([1_200, 0]);
});

test('while the group has members the dry run says that it cannot be done, and who they are', async () => {
  const real = admin;
  admin = Object.create(real, {
    describeTopics: { value: (topics?: readonly string[]) => real.describeTopics(topics) },
    committedOffsets: { value: (groupId: string, topics: readonly string[]) => real.committedOffsets(groupId, topics) },
    listOffsets: { value: (...given: Parameters<TransportAdmin['listOffsets']>) => real.listOffsets(...given) },
    describeGroup: {
      value: async (groupId: string) => ({
        groupId,
        state: 'Stable',
        members: [{ memberId: 'billing-1-abc', clientId: 'evil\u001b[2J', partitions: [{ topic: 'orders', partition: 1 }] }],
      }),
    },
  }) as TransportAdmin;
  expect(await set({})).toBe(0);
  expect(said.at(-1)).toMatch(/^Not possible now\. The group "billing" is in use \(Stable\).*\("billing-1-abc"\) with orders\/1\./);
  expect(said.join('')).not.toContain('\u001b');
  await expect(set({ execute: true })).rejects.toMatchObject({ code: 'GROUP_NOT_EMPTY' });
});

test('show tells where the group stands; JSON is one object', async () => {
  await set({ to: { offset: 200 }, partitions: [0], execute: true });
  said = [];
  expect(await showOffsets(admin, { group: 'billing' }, say)).toBe(0);
  expect(said).toEqual([
    'Group billing: Empty, 0 members',
    '  partition  committed  log start  stable to  log end    lag',
    '  orders/0         200          0      1,200    1,200  1,000',
  ]);
  said = [];
  await showOffsets(admin, { group: 'typo' }, say);
  expect(said).toEqual(['Group typo: the brokers know none of this name; it was never used, or has expired.']);
  said = [];
  await showOffsets(admin, { group: 'billing', topics: ['orders'], json: true }, say);
  expect(said).toHaveLength(1);
  expect(JSON.parse(said[0]!)).toMatchObject({
    groupId: 'billing',
    state: 'Empty',
    partitions: [{ committed: 200, lag: 1_000 }, { committed: null }],
  });
  await set({ to: 'earliest', json: true });
  expect(JSON.parse(said.join(''))).toMatchObject({
    executed: false,
    partitions: [{ change: 'back', deliveredAgain: 200 }, { change: 'first' }],
  });
});
