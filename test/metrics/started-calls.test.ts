import { expect, test } from 'vitest';
import { StartedCalls } from '../../src/metrics/started-calls.ts';

test('what has ended is forgotten, in whatever order', () => {
  const calls = new StartedCalls();
  for (let offset = 0; offset < 100; offset++) calls.begin(offset, offset, offset < 90 ? undefined : 7);
  expect(calls.size).toBe(100);
  for (let offset = 99; offset >= 0; offset--) calls.end(offset);
  expect(calls.size).toBe(0);
  expect(calls.end(5)).toBe(null);
});
