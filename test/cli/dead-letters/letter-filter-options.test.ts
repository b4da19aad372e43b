import { Command } from 'commander';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { filterOf, withFilter } from '../../../cli/dead-letters/letter-filter-options.ts';

const NOW = Date.UTC(2026, 0, 31, 12);

beforeEach(() => void vi.useFakeTimers({ now: NOW, toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

function parsed(...words: readonly string[]): ReturnType<typeof filterOf> {
  const command = withFilter(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  return filterOf(command.parse(words, { from: 'user' }).opts());
}

test.each([
  ['90s', NOW - 90_000],
  ['10m', NOW - 600_000],
  ['2h', NOW - 2 * 3_600_000],
  ['-2h', NOW - 2 * 3_600_000],
  ['3d', NOW - 3 * 86_400_000],
  ['2026-01-31', NOW - 12 * 3_600_000],
  ['2026-01-31T12:00Z', NOW],
  ['2026-01-31T12:00:00.500+01:00', NOW - 3_600_000 + 500],
])('--since and --until %s are times as `offsets set --to` takes them', (text, time) => {
  expect(parsed('--since', text, '--until', text)).toEqual({ since: time, until: time });
});

test.each(['yesterday', '5', '-5', '2026-01-31T12:00', '2w'])('--since %s is refused, with what is expected', (text) => {
  expect(() => parsed('--since', text)).toThrow('Expected so long ago: 90s, 15m, 2h or 3d (or -2h), a day (UTC), or a time with its zone');
});

test('the rest of a filter', () => {
  expect(parsed('--reason', 'a', '--reason', 'b', '--origin', 'orders/3')).toEqual({
    reasons: ['a', 'b'],
    originTopic: 'orders',
    originPartition: 3,
  });
});
