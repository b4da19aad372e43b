import type { Arbitrary } from 'fast-check';
import type { PlanHandler, PlanProcess, PlanRetry } from '../../testing/scenario/plan.ts';
import { hashOf } from '../../testing/simulation/random.ts';
import type { FastCheckModule } from '../load-fast-check.ts';

/** Options as drawn; which of them a plan has is decided by its swarm, so that what hides behind one shows where it is missing. */
export interface DrawnOptions {
  readonly handlers: readonly DrawnHandler[];
  readonly process: Required<PlanProcess>;
}

type DrawnHandler = Required<Omit<PlanHandler, 'retry' | 'hungAfterMs' | 'onHung'>> & {
  readonly retry: Required<PlanRetry>;
  readonly hung: { readonly hungAfterMs: number; readonly onHung: 'halt' | 'overlap' };
};

/** One plan in so many has an option. */
const ONE_IN = 4;
/** More than half of the plans have an order of their own: what the other options do depends on it. */
const ORDERED_IN = 3;

export function optionsArbitrary(fc: FastCheckModule, topics: number, time: 'virtual' | 'real'): Arbitrary<DrawnOptions> {
  // In real time somebody waits for it.
  const rates = time === 'virtual' ? [1, 3, 10, 40, 0.5] : [20, 50, 100];
  const rate = fc.record({ recordsPerSecond: fc.constantFrom(...rates), burst: fc.constantFrom(1, 2, 5) });
  const [short, long] = time === 'virtual' ? [300, 4_000] : [150, 400];
  const handler: Arbitrary<DrawnHandler> = fc.record({
    ordering: fc.constantFrom('key' as const, 'unordered' as const),
    concurrency: fc.constantFrom(1, 2, 3),
    rateLimit: rate,
    batch: fc.record({ maxRecords: fc.constantFrom(1, 2, 3, 10), lingerMs: fc.constantFrom(0, 0, 50, short) }),
    retry: fc.record({
      maxAttempts: fc.constantFrom(1, 2, 3),
      maxElapsedMs: fc.constantFrom(short, long),
      maxSkips: fc.constantFrom(0, 1, 2),
      maxSkipMs: fc.constantFrom(short, long),
      jitter: fc.constantFrom('full' as const, 'none' as const),
      onExhausted: fc.constantFrom('reject' as const, 'halt' as const, 'continue' as const),
    }),
    deadLetter: fc.record({ partitions: fc.constantFrom(1, 3) }),
    deadlineMs: fc.constantFrom(short, long),
    hung: fc.record({ hungAfterMs: fc.constantFrom(100, 2 * short), onHung: fc.constantFrom('halt' as const, 'overlap' as const) }),
  });
  return fc.record({
    handlers: fc.array(handler, { minLength: topics, maxLength: topics }),
    process: fc.record({
      concurrency: fc.constantFrom(1, 2, 4),
      rateLimit: rate,
      openWindow: fc.constantFrom(1, 3, 8),
      durableLedger: fc.constant(false),
    }),
  });
}

/** The options that the swarm of a plan switches on, for its topic of this number; undefined where there is none. */
export function handlerOptions(drawn: DrawnOptions, index: number, swarm: number): PlanHandler | undefined {
  const given = drawn.handlers[index];
  const isOn = (name: string, oneIn = ONE_IN): boolean => hashOf(swarm, `${index} ${name}`) % oneIn === 0;
  if (given === undefined) return undefined;
  const retry = {
    ...(isOn('maxAttempts', 2) ? { maxAttempts: given.retry.maxAttempts } : {}),
    ...(isOn('maxElapsedMs') ? { maxElapsedMs: given.retry.maxElapsedMs } : {}),
    ...(isOn('maxSkips', 3) ? { maxSkips: given.retry.maxSkips } : {}),
    ...(isOn('maxSkipMs') ? { maxSkipMs: given.retry.maxSkipMs } : {}),
    ...(isOn('jitter', 2) ? { jitter: given.retry.jitter } : {}),
    ...(isOn('onExhausted', 2) ? { onExhausted: given.retry.onExhausted } : {}),
  };
  const options: PlanHandler = {
    ...(isOn('ordering', ORDERED_IN) ? {} : { ordering: given.ordering }),
    ...(isOn('concurrency') ? { concurrency: given.concurrency } : {}),
    ...(isOn('rateLimit', 2 * ONE_IN) ? { rateLimit: given.rateLimit } : {}),
    ...(isOn('batch') ? { batch: given.batch } : {}),
    ...(isOn('retry') ? { retry } : {}),
    ...(isOn('deadLetter') ? { deadLetter: given.deadLetter } : {}),
    ...(isOn('deadlineMs') ? { deadlineMs: given.deadlineMs, ...(isOn('hung', 2) ? given.hung : {}) } : {}),
  };
  return Object.keys(options).length === 0 ? undefined : options;
}

export function processOptions({ process }: DrawnOptions, swarm: number): PlanProcess | undefined {
  const isOn = (name: string): boolean => hashOf(swarm, `process ${name}`) % (2 * ONE_IN) === 0;
  const options: PlanProcess = {
    ...(isOn('concurrency') ? { concurrency: process.concurrency } : {}),
    ...(isOn('rateLimit') ? { rateLimit: process.rateLimit } : {}),
    ...(isOn('openWindow') ? { openWindow: process.openWindow } : {}),
    ...(isOn('durableLedger') ? { durableLedger: process.durableLedger } : {}),
  };
  return Object.keys(options).length === 0 ? undefined : options;
}
