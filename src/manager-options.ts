import type { Clock } from './clock.ts';
import type { ConsumerHealth, ErrorSummary } from './consumer/health.ts';
import type { Logger } from './logger.ts';
import type { ManagerLimits } from './manager-limits.ts';
import type { Observer } from './observation.ts';
import type { Random } from './random.ts';
import type { Transport } from './transport.ts';

/** `disabled`: started with KAFKA_ENABLED not true, and does nothing. */
export type ManagerState = 'new' | 'disabled' | 'starting' | 'running' | 'stopping' | 'stopped' | 'failed';

/** What a manager may be given instead of its own; everything has a default. */
export interface ManagerDependencies {
  /** Default: kafkajs, loaded when it is needed. The manager connects it and closes it: one transport for one manager. */
  readonly transport?: Transport;
  /** Default: pino on standard output, at the configured level. */
  readonly logger?: Logger;
  readonly observers?: readonly Observer[];
  readonly clock?: Clock;
  readonly random?: Random;
  /** The name of this member in observations. Default: `<client id>#1`. */
  readonly member?: string;
  /** Limits of this process over all of its handlers. Each that is given goes before the configuration's. */
  readonly limits?: ManagerLimits;
  /** Whether commits say in their metadata what is done above them, where the transport can carry it. Default: the configuration's, which is true. */
  readonly durableLedger?: boolean;
}

/** The state of a manager at one moment. Plain data that JSON can carry. */
export interface ManagerHealth {
  readonly state: ManagerState;
  readonly topics: readonly string[];
  /** Null without handlers, and before the start. */
  readonly consumer: ConsumerHealth | null;
  readonly failure: ErrorSummary | null;
}

/** How long a start may take, and what ends it before. */
export interface StartOptions {
  /** Milliseconds until START_TIMEOUT, 1 to 2^31 − 1. Default 30,000. */
  readonly timeoutMs?: number;
  /** Aborts the start, which then rejects with MANAGER_STATE; of no effect once it has started. */
  readonly signal?: AbortSignal;
}

/** How patient a stop is. */
export interface StopOptions {
  /**
   * Milliseconds that running handler calls, the last commit and the records still to be sent may take, from 0 to 2^31 − 1.
   * However few they are, the last commit and the last records get one second each; beside brokers that do not answer the
   * stop takes 5 seconds more at most. Default: the configuration's.
   */
  readonly deadlineMs?: number;
}

/** A start and a stop, and the signals in between. */
export interface RunOptions extends StartOptions, StopOptions {
  /** The first signal stops gracefully, the second at once. Default SIGTERM and SIGINT. */
  readonly signals?: readonly NodeJS.Signals[];
}
