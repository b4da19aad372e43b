import { expect, test } from 'vitest';
import { headroomMs, readRetention } from '../../src/consumer/retention.ts';

const retention = (configs: Record<string, string>) => readRetention({ name: 'orders', configs });
const DAY_MS = 86_400_000;

test.each([
  ["Kafka's default", { 'cleanup.policy': 'delete', 'retention.ms': '604800000', 'retention.bytes': '-1' }, 7 * DAY_MS, false],
  ['by size too', { 'cleanup.policy': 'delete', 'retention.ms': '60000', 'retention.bytes': '1073741824' }, 60_000, true],
  ['for ever', { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1' }, null, false],
  ['by size only', { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '1024' }, null, true],
  ['compacted', { 'cleanup.policy': 'compact', 'retention.ms': '60000', 'retention.bytes': '1024' }, null, false],
  ['compacted and deleted', { 'cleanup.policy': 'compact,delete', 'retention.ms': '60000' }, 60_000, false],
  ['at once', { 'cleanup.policy': 'delete', 'retention.ms': '0' }, 0, false],
  ['not told', {}, null, false],
  ['a list with spaces', { 'cleanup.policy': 'compact, delete', 'retention.ms': '60000' }, 60_000, false],
  ['no policy told', { 'retention.ms': '60000' }, 60_000, false],
  ['a number with a unit', { 'retention.ms': '7d', 'retention.bytes': '1GB' }, null, false],
  ['no number', { 'retention.ms': 'soon', 'retention.bytes': '' }, null, false],
] as const)('%s', (_what, configs, retentionMs, bySize) => {
  expect(retention(configs)).toEqual({ retentionMs, bySize });
});

test('the time that is left: from the record on, never below 0, and null where nothing is known or nothing is removed', () => {
  const week = { retentionMs: 7 * DAY_MS, bySize: false };
  expect(headroomMs(week, 1_000, 1_000)).toBe(7 * DAY_MS);
  expect(headroomMs(week, 1_000, 1_000 + 6 * DAY_MS)).toBe(DAY_MS);
  expect(headroomMs(week, 0, DAY_MS)).toBe(6 * DAY_MS);
  expect(headroomMs(week, 1_000, 1_000 + 8 * DAY_MS)).toBe(0);
  expect([
    headroomMs(week, null, 1),
    headroomMs(week, -1, 1),
    headroomMs(null, 1, 1),
    headroomMs({ retentionMs: null, bySize: true }, 1, 1),
  ]).toEqual([null, null, null, null]);
});
