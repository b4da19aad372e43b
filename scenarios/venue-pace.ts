import type { BackOff } from '../src/handler.ts';
import type { Venue } from '../testing/venue.ts';

/** How fast things go on a venue: virtual time is free, real time is scaled down. All in milliseconds of the venue's time. */
export interface VenuePace {
  readonly heartbeatIntervalMs: number;
  readonly maxWaitTimeMs: number;
  readonly requestTimeoutMs: number;
  /** Of a producer's request. */
  readonly produceTimeoutMs: number;
  readonly commitIntervalMs: number;
  /** What is done must be committed within this time, see `commit-lag`. */
  readonly commitLagMs: number;
  readonly retry: BackOff;
  /** Handlers with a back-off of their own get `retry` instead: nobody waits a minute of real time. */
  readonly scalesBackOff: boolean;
  readonly witnessIntervalMs: number;
  readonly betweenOpsMs: number;
  /** After the last operation, before the calm. */
  readonly lastFaultsMs: number;
  /** Everything must drain within this time once it is calm. */
  readonly drainBudgetMs: number;
  /**
   * When nothing at all has happened for so long, nothing will: longer than a session, a back-off and a slow handler together,
   * than a producer waits for an answer, and in virtual time than the 30 s after which a client takes a request of its
   * administration for lost.
   */
  readonly idleLimitMs: number;
  /** How long to listen after that for deliveries that should not come. */
  readonly quietMs: number;
  readonly stopBudgetMs: number;
  /** How far the times of events may be off: nothing happens at once in real time. */
  readonly clockSlackMs: number;
  readonly requestBudgetMs: number;
}

const VIRTUAL: VenuePace = {
  heartbeatIntervalMs: 1_000,
  maxWaitTimeMs: 500,
  requestTimeoutMs: 3_000,
  produceTimeoutMs: 30_000,
  commitIntervalMs: 100,
  commitLagMs: 10_000,
  retry: { initialDelayMs: 200, maxDelayMs: 5_000, factor: 2 },
  scalesBackOff: false,
  witnessIntervalMs: 2_000,
  betweenOpsMs: 2,
  lastFaultsMs: 500,
  drainBudgetMs: 600_000,
  idleLimitMs: 45_000,
  quietMs: 2_000,
  stopBudgetMs: 60_000,
  clockSlackMs: 0,
  requestBudgetMs: 60_000,
};

const REAL: VenuePace = {
  heartbeatIntervalMs: 300,
  maxWaitTimeMs: 100,
  requestTimeoutMs: 900,
  produceTimeoutMs: 2_000,
  commitIntervalMs: 50,
  commitLagMs: 15_000,
  retry: { initialDelayMs: 20, maxDelayMs: 200, factor: 2 },
  scalesBackOff: true,
  witnessIntervalMs: 500,
  betweenOpsMs: 10,
  lastFaultsMs: 200,
  drainBudgetMs: 45_000,
  idleLimitMs: 10_000,
  quietMs: 300,
  stopBudgetMs: 20_000,
  clockSlackMs: 250,
  requestBudgetMs: 20_000,
};

export function paceOf(venue: Pick<Venue, 'name'>): VenuePace {
  return venue.name === 'memory' ? VIRTUAL : REAL;
}
