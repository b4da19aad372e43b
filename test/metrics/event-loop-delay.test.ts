import { expect, test } from 'vitest';
import { eventLoopDelay } from '../../src/metrics/event-loop-delay.ts';

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60));

test('tells of the time since it was asked last, without its own resolution', async () => {
  const delay = eventLoopDelay();
  await turn();
  const end = performance.now() + 200;
  while (performance.now() < end);
  await turn();
  const blocked = new Map(delay.take().map(([seconds, quantile]) => [quantile, seconds]));
  expect([...blocked.keys()]).toEqual(['0.5', '0.99', '1']);
  expect(blocked.get('1')).toBeGreaterThan(0.15);
  await turn();
  expect(new Map(delay.take().map(([seconds, quantile]) => [quantile, seconds])).get('1')).toBeLessThan(0.15);
  delay.close();
  await turn();
  delay.take();
  expect(delay.take().every(([seconds]) => seconds === 0)).toBe(true);
});
