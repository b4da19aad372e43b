import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { handlerClock } from '../../src/consumer/handler-clock.ts';
import { ManualClock } from '../support/manual-clock.ts';

function slept(work: Promise<void>): string[] {
  const told: string[] = [];
  work.then(
    () => told.push('woke up'),
    (error: unknown) => told.push(String(error)),
  );
  return told;
}

describe("a handler's sleep", () => {
  test('takes the time of the clock', async () => {
    const clock = new ManualClock();
    const told = slept(handlerClock(clock).sleep(100));
    await clock.advance(99);
    expect(told).toEqual([]);
    await clock.advance(1);
    expect(told).toEqual(['woke up']);
  });

  test('ends with the signal that it was given, and leaves no timer behind', async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const told = slept(handlerClock(clock).sleep(100, { signal: controller.signal }));
    await clock.advance(10);
    controller.abort(new Error('too late'));
    await clock.settle();
    expect([told, clock.timerCount]).toEqual([['Error: too late'], 0]);
  });

  test('does not begin under a signal that has fired', async () => {
    const clock = new ManualClock();
    const told = slept(handlerClock(clock).sleep(100, { signal: AbortSignal.abort(new Error('gone')) }));
    await clock.settle();
    expect([told, clock.timerCount]).toEqual([['Error: gone'], 0]);
  });

  test('does not care for a signal that fires afterwards', async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const told = slept(handlerClock(clock).sleep(100, { signal: controller.signal }));
    await clock.advance(100);
    controller.abort(new Error('late'));
    await clock.settle();
    expect(told).toEqual(['woke up']);
  });

  test('listens to its signal only while it lasts: one signal may live longer than many sleeps', async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const listeners = (): number => getEventListeners(controller.signal, 'abort').length;
    const sleep = (): string[] => slept(handlerClock(clock).sleep(100, { signal: controller.signal }));
    sleep();
    expect(listeners()).toBe(1);
    await clock.advance(100);
    expect(listeners()).toBe(0);
    sleep();
    controller.abort(new Error('too late'));
    await clock.settle();
    expect(listeners()).toBe(0);
  });
});
