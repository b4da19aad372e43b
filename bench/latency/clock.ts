/** Microseconds of the machine's monotonic clock, which is the same in all of its processes (CLOCK_MONOTONIC on Linux). */
export function monotonicMicroseconds(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}
