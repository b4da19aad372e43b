import { expect, test } from 'vitest';
import { Dispatcher, LONGEST_TURN_MS } from '../../src/consumer/dispatcher.ts';
import type { Runnable } from '../../src/consumer/dispatcher.ts';
import { ManualClock } from '../support/manual-clock.ts';

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
