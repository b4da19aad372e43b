import type { ConsumerHealth, PartitionHealth } from '../consumer/health.ts';
import type { ManagerHealth } from '../manager-options.ts';
import { verdictOf } from './verdict.ts';
import type { HealthVerdict } from './verdict.ts';

/** Silence of the fetch loop that is not believed to be an accident, unless three sessions are longer. */
const LEAST_FETCH_SILENCE_MS = 60_000;
const SILENT_SESSIONS = 3;

export interface LivenessOptions {
  /** Milliseconds since the epoch, by the manager's clock. */
  readonly now: number;
  /** The longest time that the event loop stood still lately, in milliseconds. Default 0: not known. */
  readonly longestStallMs?: number;
  /** How long the fetch loop may be silent while there is something to fetch, in milliseconds. Default: three sessions, at least a minute. */
  readonly maxFetchSilenceMs?: number;
}

/**
 * Whether this process is worth keeping: it has not failed, its fetch loop turns while there is something to fetch, and its event
 * loop did not stand still for longer than the session, which costs the membership each time. What is not this process's
 * fault (a broker that is down, a rebalance, a halted lane) leaves it alive: a restart would not mend it.
 */
export function liveness(health: ManagerHealth, options: LivenessOptions): HealthVerdict {
  if (health.state === 'failed') return verdictOf([`the manager has failed: ${health.failure?.code ?? 'for an unknown reason'}`]);
  if (health.state !== 'running' || health.consumer?.state !== 'running') return verdictOf([]);
  return verdictOf(reasonsOf(health.consumer, options));
}

function reasonsOf(consumer: ConsumerHealth, options: LivenessOptions): readonly string[] {
  const { sessionTimeoutMs, fetchTurnedAt, partitions } = consumer;
  const reasons: string[] = [];
  const stallMs = Math.round(options.longestStallMs ?? 0);
  if (stallMs > sessionTimeoutMs)
    reasons.push(`the event loop stood still for ${stallMs} ms, longer than the session of ${sessionTimeoutMs} ms`);
  const maxSilenceMs = options.maxFetchSilenceMs ?? Math.max(LEAST_FETCH_SILENCE_MS, SILENT_SESSIONS * sessionTimeoutMs);
  const silentMs = fetchTurnedAt === null ? 0 : options.now - fetchTurnedAt;
  if (silentMs > maxSilenceMs && partitions.some(isFetched)) reasons.push(`the fetch loop has not turned for ${silentMs} ms`);
  return reasons;
}

function isFetched({ phase, paused }: PartitionHealth): boolean {
  return phase === 'active' && !paused;
}
