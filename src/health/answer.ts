import type { Clock } from '../clock.ts';
import type { ManagerHealth } from '../manager-options.ts';
import { systemClock } from '../system-clock.ts';
import { checkHealthOptions } from './check-options.ts';
import { liveness } from './liveness.ts';
import { operate } from './operations.ts';
import type { OperatedManager, OperatorOptions } from './operations.ts';
import { readiness } from './readiness.ts';
import { watchStalls } from './stall-watch.ts';
import type { StallWatch } from './stall-watch.ts';
import type { HealthVerdict } from './verdict.ts';

/** What a health handler needs of a manager; `operations` need the rest of it. */
export interface ProbedManager extends Partial<OperatedManager> {
  health(): ManagerHealth;
}

/** Where the handler answers, and what it may do. */
export interface HealthHandlerOptions {
  /** Before every path, such as `/kafka`; not needed where a router takes its mount path away. Default: nothing. */
  readonly basePath?: string;
  /** Lets operators decide on halted lanes by POST. Default: those paths do not exist. */
  readonly operations?: OperatorOptions;
  /** As for `liveness`. Default: three sessions, at least a minute. */
  readonly maxFetchSilenceMs?: number;
  /** Default: the system's, as the manager's. */
  readonly clock?: Clock;
  /** Default: by `perf_hooks`. */
  readonly stalls?: StallWatch;
}

/** A request, whatever the server that took it. */
export interface HealthRequest {
  readonly method: string;
  /** Without query. */
  readonly path: string;
  header(name: string): string | null;
  /** As JSON. Rejects with {@link BodyError}. */
  body(): Promise<unknown>;
  /** As the server has it. */
  readonly raw: unknown;
}

/** What is to be answered, as JSON. */
export interface HealthAnswer {
  readonly status: number;
  readonly body: object;
  /** For 405. */
  readonly allow?: string;
}

/** Null: the path is none of ours. Never rejects. */
export type AnswerHealth = (request: HealthRequest) => Promise<HealthAnswer | null>;

/** The same for every server. Throws CONFIG_INVALID. */
export function answerHealth(manager: ProbedManager, options: HealthHandlerOptions = {}): AnswerHealth {
  checkHealthOptions(manager, options);
  const { basePath = '', operations, maxFetchSilenceMs, clock = systemClock } = options;
  const stalls = options.stalls ?? watchStalls(clock);
  const isLive = (health: ManagerHealth): HealthVerdict =>
    liveness(health, {
      now: clock.now(),
      longestStallMs: stalls.longestMs(),
      ...(maxFetchSilenceMs === undefined ? {} : { maxFetchSilenceMs }),
    });
  const probes: Readonly<Record<string, () => HealthVerdict & object>> = {
    '/health/live': () => isLive(manager.health()),
    '/health/ready': () => readiness(manager.health()),
    '/health': () => {
      const health = manager.health();
      const live = isLive(health);
      const ready = readiness(health);
      return { ok: live.ok && ready.ok, reasons: [...live.reasons, ...ready.reasons], live, ready, health };
    },
  };
  return async (request) => {
    const path = pathBelow(basePath, request.path);
    const probe = path === null ? undefined : probes[path];
    if (probe !== undefined) {
      if (request.method !== 'GET' && request.method !== 'HEAD')
        return { status: 405, body: { error: 'expected GET' }, allow: 'GET, HEAD' };
      const verdict = probe();
      return { status: verdict.ok ? 200 : 503, body: verdict };
    }
    return path === null || operations === undefined
      ? null
      : operate(manager as ProbedManager & OperatedManager, operations, path, request);
  };
}

function pathBelow(basePath: string, path: string): string | null {
  if (!path.startsWith(`${basePath}/`)) return null;
  const below = path.slice(basePath.length);
  return below.endsWith('/') ? below.slice(0, -1) : below;
}
