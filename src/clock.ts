/** A timer that was set; `cancel` is idempotent and harmless after it fired. */
export interface Timer {
  cancel(): void;
}

/**
 * Where the runtime takes time from. Injected, never global: under simulation time is virtual.
 * All durations are milliseconds.
 */
export interface Clock {
  /** Milliseconds since the epoch. Never goes backward within one process. */
  now(): number;
  /**
   * Milliseconds since a moment of its own, which no setting of the wall clock moves: for what has to last as long as it says.
   * Default: `now`.
   */
  monotonic?(): number;
  /** Calls back once, `delayMs` (≥ 0) from now, never synchronously. */
  setTimer(delayMs: number, callback: () => void): Timer;
  /** Calls back in a new macrotask, so that I/O (heartbeats above all) gets its turn. */
  yield(callback: () => void): void;
}
