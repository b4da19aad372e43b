const LONGEST_HEARTBEAT_INTERVAL_MS = 3_000;
const LONGEST_REQUEST_TIMEOUT_MS = 30_000;
const LONGEST_MAX_WAIT_TIME_MS = 500;

/** The times that depend on each other, complete. */
export interface Times {
  readonly heartbeatIntervalMs: number;
  readonly requestTimeoutMs: number;
  readonly maxWaitTimeMs: number;
}

/** Those of them that were given. */
export type GivenTimes = { readonly sessionTimeoutMs: number } & { readonly [Name in keyof Times]?: number | undefined };

/** Fills in what was not given, from what was. */
export function deriveTimes(given: GivenTimes): Times {
  const { sessionTimeoutMs } = given;
  const heartbeatIntervalMs =
    given.heartbeatIntervalMs ?? Math.max(1, Math.min(LONGEST_HEARTBEAT_INTERVAL_MS, Math.floor(sessionTimeoutMs / 6)));
  const requestTimeoutMs =
    given.requestTimeoutMs ?? Math.max(1, Math.min(LONGEST_REQUEST_TIMEOUT_MS, sessionTimeoutMs - 2 * heartbeatIntervalMs));
  const maxWaitTimeMs = given.maxWaitTimeMs ?? Math.max(1, Math.min(LONGEST_MAX_WAIT_TIME_MS, Math.floor(requestTimeoutMs / 2)));
  return { heartbeatIntervalMs, requestTimeoutMs, maxWaitTimeMs };
}
