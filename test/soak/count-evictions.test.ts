import { expect, test } from 'vitest';
import { countEvictions } from '../../scripts/soak/count-evictions.ts';
import type { HistoryEvent } from '../../testing/checker/history.ts';

const at = (kind: 'client-revoking' | 'client-revoked' | 'client-lost', ms: number, epoch = 1): HistoryEvent => ({
  kind,
  member: 'm1#1',
  topic: 'orders',
  partition: 0,
  epoch,
  at: ms,
});

test('a loss is an eviction, and so is a revocation that ends later than a session', () => {
  expect(countEvictions([at('client-lost', 10)], 2_000)).toBe(1);
  expect(countEvictions([at('client-revoking', 10), at('client-revoked', 2_010)], 2_000)).toBe(1);
});

test('a revocation in time is none, nor are those of two epochs one', () => {
  expect(countEvictions([at('client-revoking', 10), at('client-revoked', 2_009)], 2_000)).toBe(0);
  const two = [at('client-revoking', 10), at('client-revoked', 20), at('client-revoking', 3_000, 2), at('client-revoked', 3_010, 2)];
  expect(countEvictions(two, 2_000)).toBe(0);
});
