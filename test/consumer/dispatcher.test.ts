import { expect, test } from 'vitest';
import { Dispatcher, LONGEST_TURN_MS } from '../../src/consumer/dispatcher.ts';
import type { Runnable } from '../../src/consumer/dispatcher.ts';
import { consumed, rig } from '../support/consumer-rig.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { assigned, batchOf, record } from '../support/scripted-transport.ts';

/** Always has more to do, until it has run so often. */
function busy(times: number, eachTime: () => void = () => undefined): Runnable & { runs: number } {
  return {
    waiting: false,
    runs: 0,
    run() {
      eachTime();
      return ++this.runs < times;
    },
  };
}

test('what always has more to do gives the event loop its turn by time', async () => {
  const clock = new ManualClock();
  const dispatcher = new Dispatcher(clock, () => undefined);
  const runnable = busy(35, () => clock.pass(1));
  dispatcher.wake(runnable);
  await clock.settle();
  expect([runnable.runs, clock.yieldCount]).toEqual([35, Math.floor(35 / LONGEST_TURN_MS)]);
});

test('and also where the clock stands still', async () => {
  const clock = new ManualClock();
  const dispatcher = new Dispatcher(clock, () => undefined);
  const runnable = busy(2_500);
  dispatcher.wake(runnable);
  await clock.settle();
  expect([runnable.runs, clock.yieldCount]).toEqual([2_500, 2]);
});

/** Does one thing each time and is woken for the next. */
function once(work: () => void): Runnable {
  return { waiting: false, run: () => (work(), false) };
}

test('what is woken several times before its turn runs once, and never within the call', async () => {
  const clock = new ManualClock();
  const ran: string[] = [];
  const turns: number[] = [];
  const dispatcher = new Dispatcher(clock, () => void turns.push(ran.length));
  const [one, other] = [once(() => ran.push('one')), once(() => ran.push('other'))];
  for (const runnable of [one, other, one, one]) dispatcher.wake(runnable);
  expect(ran).toEqual([]);
  await clock.settle();
  expect([ran, turns]).toEqual([['one', 'other'], [2]]);
});

test('what is woken in its own turn and also has more to do runs once in the next round, in its place', async () => {
  const clock = new ManualClock();
  const ran: string[] = [];
  const dispatcher = new Dispatcher(clock, () => undefined);
  const woken: Runnable = {
    waiting: false,
    run() {
      ran.push('woken');
      if (ran.length > 2) return false;
      dispatcher.wake(woken);
      return true;
    },
  };
  dispatcher.wake(woken);
  dispatcher.wake(once(() => ran.push('beside')));
  await clock.settle();
  expect(ran).toEqual(['woken', 'beside', 'woken']);
});

test('a round that is begun is finished in its turn; the next one comes after the event loop had its own', async () => {
  const clock = new ManualClock();
  const ran: string[] = [];
  const dispatcher = new Dispatcher(clock, () => undefined);
  for (const name of ['a', 'b', 'c']) dispatcher.wake(once(() => (ran.push(name), clock.pass(LONGEST_TURN_MS))));
  await Promise.resolve();
  await Promise.resolve();
  expect([ran, clock.yieldCount]).toEqual([['a', 'b', 'c'], 0]);
  dispatcher.wake(once(() => ran.push('d')));
  await Promise.resolve();
  await Promise.resolve();
  expect([ran, clock.yieldCount]).toEqual([['a', 'b', 'c'], 1]);
  await clock.settle();
  expect(ran).toEqual(['a', 'b', 'c', 'd']);
});

test('what has more to do and is woken once more by another one of its round runs once in the next', async () => {
  const ran: string[] = [];
  const clock = new ManualClock();
  const dispatcher = new Dispatcher(clock, () => undefined);
  const first: Runnable = { waiting: false, run: () => ran.push('first') < 2 };
  dispatcher.wake(first);
  dispatcher.wake(once(() => (ran.push('other'), dispatcher.wake(first))));
  await clock.settle();
  expect(ran).toEqual(['first', 'other', 'first']);
});

test.each(['partition', 'key', 'unordered'] as const)(
  'records of one partition whose handler computes give way in %s order',
  async (ordering) => {
    const made = rig(() => (made.clock.pass(4), consumed), { handler: { ordering, concurrency: 10 } });
    made.transport.firstAssignment = [assigned({ epoch: 1, committedOffset: 0 })];
    await made.consumer.start();
    await made.clock.settle();
    const records = Array.from({ length: 12 }, (_, offset) => record(offset, { key: Buffer.from(`k${offset}`) }));
    made.transport.batch(batchOf(0, 12, { epoch: 1, records }));
    const before = made.clock.yieldCount;
    await made.clock.settle();
    expect(made.delivered).toHaveLength(12);
    expect(made.clock.yieldCount - before).toBeGreaterThanOrEqual(12 / Math.ceil(LONGEST_TURN_MS / 4) - 1);
  },
);
