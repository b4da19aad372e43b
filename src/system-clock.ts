import type { Clock, Timer } from './clock.ts';

/** The longest delay of one platform timer; longer ones are chained. */
const LONGEST_TIMER_MS = 2_147_483_647;

let lastNow = 0;
let lastMonotonic = performance.now();

/** Wall time that never goes backward: when the wall clock is set back, it goes on at the pace of the monotonic clock. */
function now(): number {
  const monotonic = performance.now();
  lastNow = Math.max(Date.now(), lastNow + monotonic - lastMonotonic);
  lastMonotonic = monotonic;
  return Math.floor(lastNow);
}

function setTimer(delayMs: number, callback: () => void): Timer {
  let handle: NodeJS.Timeout;
  const arm = (leftMs: number): void => {
    handle = setTimeout(
      () => (leftMs > LONGEST_TIMER_MS ? arm(leftMs - LONGEST_TIMER_MS) : callback()),
      Math.min(leftMs, LONGEST_TIMER_MS),
    );
  };
  arm(delayMs);
  return { cancel: () => clearTimeout(handle) };
}

/** Real time. */
export const systemClock: Clock = {
  now,
  monotonic: () => performance.now(),
  setTimer,
  yield: (callback) => void setImmediate(callback),
};
