import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/system-clock.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test('time is wall time, and goes on at its own pace when the wall clock is set back', () => {
  const wall = vi.spyOn(Date, 'now');
  const monotonic = vi.spyOn(performance, 'now');
  // Further ahead than the monotonic clock below, or the time between these two lines would count.
  const base = systemClock.now() + 2_000_000;
  const at = (wallMs: number, monotonicMs: number): number => {
    wall.mockReturnValue(wallMs);
    monotonic.mockReturnValue(monotonicMs);
    return systemClock.now();
  };
  const first = performance.now() + 1_000_000;
  expect(at(base, first)).toBe(base);
  expect(at(base + 10, first + 10)).toBe(base + 10);
  // An hour back: still forward, by what really passed.
  expect(at(base - 3_600_000, first + 30)).toBe(base + 30);
  expect(at(base - 3_599_980, first + 50)).toBe(base + 50);
  // A day forward: followed.
  expect(at(base + 86_400_000, first + 60)).toBe(base + 86_400_000);
});

test('a timer longer than the platform takes fires when it is due, not at once', () => {
  vi.useFakeTimers();
  const fired = vi.fn<() => void>();
  systemClock.setTimer(2_147_483_647 + 5_000, fired);
  vi.advanceTimersByTime(2_147_483_647 + 4_999);
  expect(fired).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(fired).toHaveBeenCalledOnce();
});

test('a cancelled timer never fires, also in its second leg', () => {
  vi.useFakeTimers();
  const fired = vi.fn<() => void>();
  const timer = systemClock.setTimer(2_147_483_647 + 5_000, fired);
  vi.advanceTimersByTime(2_147_483_647 + 1_000);
  timer.cancel();
  vi.advanceTimersByTime(10_000);
  expect(fired).not.toHaveBeenCalled();
});

test('yield lets a macrotask pass', async () => {
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    systemClock.yield(() => {
      order.push('yielded');
      resolve();
    });
    void Promise.resolve().then(() => order.push('microtask'));
  });
  expect(order).toEqual(['microtask', 'yielded']);
});
