import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from '../clock.ts';

const RESOLUTION_MS = 20;
const NANOSECONDS_PER_MS = 1e6;
/** About the time between two probes: one stall is seen by a probe or two, and only stalls again and again by probe after probe. */
const WINDOW_MS = 10_000;

/** How long the event loop stood still lately. */
export interface StallWatch {
  /** The longest time in milliseconds of the window that runs and the one before it, 10 seconds each. */
  longestMs(): number;
}

/** By `perf_hooks`; does not keep the process alive. The windows turn when somebody looks. */
export function watchStalls(clock: Clock): StallWatch {
  const monitor = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  monitor.enable();
  let startedAt = clock.now();
  let longestBefore = 0;
  return {
    longestMs() {
      const longest = monitor.count === 0 ? 0 : Math.max(0, monitor.max / NANOSECONDS_PER_MS - RESOLUTION_MS);
      const seen = Math.max(longest, longestBefore);
      if (clock.now() - startedAt >= WINDOW_MS) {
        longestBefore = longest;
        startedAt = clock.now();
        monitor.reset();
      }
      return seen;
    },
  };
}
