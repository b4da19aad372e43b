import { expect, test } from 'vitest';
import { watchStalls } from '../../src/health/stall-watch.ts';

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60));

function block(durationMs: number): void {
  const end = performance.now() + durationMs;
  while (performance.now() < end);
}

test('a stall is seen for the rest of its window and the next one, then forgotten', async () => {
  let now = 0;
  const watch = watchStalls({ now: () => now, setTimer: () => ({ cancel: () => {} }), yield: () => {} });
  await turn();
  block(200);
  await turn();
  expect(watch.longestMs()).toBeGreaterThan(150);
  now = 10_000;
  expect(watch.longestMs()).toBeGreaterThan(150);
  await turn();
  expect(watch.longestMs()).toBeGreaterThan(150);
  now = 20_000;
  watch.longestMs();
  await turn();
  expect(watch.longestMs()).toBeLessThan(150);
});
