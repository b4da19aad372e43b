import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How often Node looks at its event loop. What it records has this time in it. */
const RESOLUTION_MS = 10;
const NANOSECONDS_PER_SECOND = 1e9;
const QUANTILES = [0.5, 0.99, 1];

/** Delay of the event loop in seconds, by quantile. */
export interface EventLoopDelay {
  /** Of the time since the last call. */
  take(): readonly (readonly [seconds: number, quantile: string])[];
  close(): void;
}

/** By `perf_hooks`; does not keep the process alive. */
export function eventLoopDelay(): EventLoopDelay {
  const monitor = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  monitor.enable();
  return {
    take: () => {
      const isEmpty = monitor.count === 0;
      const taken = QUANTILES.map((quantile) => {
        const delay = (isEmpty ? 0 : monitor.percentile(quantile * 100)) / NANOSECONDS_PER_SECOND - RESOLUTION_MS / 1_000;
        return [Math.max(0, delay), String(quantile)] as const;
      });
      monitor.reset();
      return taken;
    },
    close: () => void monitor.disable(),
  };
}
