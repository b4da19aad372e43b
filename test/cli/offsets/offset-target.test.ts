import { expect, test } from 'vitest';
import { offsetTarget, resolveTarget } from '../../../cli/offsets/offset-target.ts';

const NOW = Date.UTC(2026, 0, 31, 12);

test.each([
  ['earliest', 'earliest'],
  ['latest', 'latest'],
  ['0', { offset: 0 }],
  ['9007199254740991', { offset: 9_007_199_254_740_991 }],
  ['2026-01-31T08:00:00Z', { timestampMs: NOW - 4 * 3_600_000 }],
  ['2026-01-31T08:00:00.500+01:00', { timestampMs: NOW - 5 * 3_600_000 + 500 }],
  ['2026-01-31', { timestampMs: NOW - 12 * 3_600_000 }],
  ['-90s', { timestampMs: NOW - 90_000 }],
  ['-2h', { timestampMs: NOW - 2 * 3_600_000 }],
  ['2h', { timestampMs: NOW - 2 * 3_600_000 }],
  ['-3d', { timestampMs: NOW - 3 * 86_400_000 }],
  ['-99999999d', { timestampMs: 0 }],
])('%s', (text, expected) => {
  expect(resolveTarget(offsetTarget(text), NOW)).toEqual(expected);
});

test.each([
  '',
  'newest',
  '-5',
  '+2h',
  '--2h',
  '-2w',
  '1e3',
  '1.5',
  '9007199254740992',
  '2026-01-31T08:00:00',
  '31.01.2026',
  '2026-13-01',
  '1969-12-31',
])('"%s" is refused, with what is expected', (text) => {
  expect(() => offsetTarget(text)).toThrow('Expected earliest, latest, an offset, or so long ago: 90s, 15m, 2h or 3d');
});
