import type { LimitsConfig } from './config/kafka-config.ts';
import type { ConsumerOptions } from './consumer/consumer-options.ts';
import type { RateLimitOptions } from './handler.ts';
import { showValue } from './show-value.ts';
import { unknownNames } from './unknown-names.ts';

/** Limits of one process over all of its handlers; a group of three processes does three times as much. */
export interface ManagerLimits {
  /** Handler calls at a time, a batch counting once: 1 to 100,000. Default: no limit but those of the handlers. */
  readonly concurrency?: number;
  /** Deliveries per second, redeliveries included. Default: no limit but those of the handlers. */
  readonly rateLimit?: RateLimitOptions;
  /**
   * Keys, values and headers that wait in memory, in bytes: above it partitions that hold some are paused, and one fetch response each
   * may still come. 1 to 2^40, default 256 MiB.
   */
  readonly queuedBytes?: number;
  /** Records between the lowest open one of a partition and the position, before it is paused: 1 to 10,000,000, default 100,000. */
  readonly openWindow?: number;
}

/** Those of the configuration; one that the manager is given besides goes before it. */
export function configuredLimits({ concurrency, recordsPerSecond, recordsBurst, openWindow, queuedBytes }: LimitsConfig): ManagerLimits {
  return {
    ...(concurrency === null ? {} : { concurrency }),
    ...(recordsPerSecond === null ? {} : { rateLimit: { recordsPerSecond, ...(recordsBurst === null ? {} : { burst: recordsBurst }) } }),
    openWindow,
    queuedBytes,
  };
}

/** The consumer's options of the same meaning. */
export function limitOptions({ concurrency, rateLimit, queuedBytes, openWindow }: ManagerLimits): Partial<ConsumerOptions> {
  return {
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(rateLimit === undefined ? {} : { rateLimit: completeRate(rateLimit) }),
    ...(queuedBytes === undefined ? {} : { queueTotalBytes: queuedBytes }),
    ...(openWindow === undefined ? {} : { maxOpenWindow: openWindow }),
  };
}

function completeRate({
  recordsPerSecond,
  burst = Math.max(1, Math.ceil(recordsPerSecond / 10)),
}: RateLimitOptions): Required<RateLimitOptions> {
  return { recordsPerSecond, burst };
}

const HIGHEST_RATE = 1_000_000;
const HIGHEST = { concurrency: 100_000, queuedBytes: 2 ** 40, openWindow: 10_000_000 } as const;

/** A sentence for each thing that is wrong with the limits that a manager is given. */
export function limitProblems(limits: unknown): readonly string[] {
  if (typeof limits !== 'object' || limits === null) return [`limits is ${showValue(limits)}, expected an object`];
  const given = limits as Readonly<Record<string, unknown>>;
  return [
    ...unknownNames(given, [...Object.keys(HIGHEST), 'rateLimit'], 'limits.'),
    ...Object.entries(HIGHEST).flatMap(([name, highest]) => wholeNumber(`limits.${name}`, given[name], highest)),
    ...rateProblems(given['rateLimit']),
  ];
}

function rateProblems(rate: unknown): readonly string[] {
  if (rate === undefined) return [];
  if (typeof rate !== 'object' || rate === null) return [`limits.rateLimit is ${showValue(rate)}, expected { recordsPerSecond, burst? }`];
  const { recordsPerSecond, burst } = rate as Readonly<Record<string, unknown>>;
  const isRate = typeof recordsPerSecond === 'number' && recordsPerSecond > 0 && recordsPerSecond <= HIGHEST_RATE;
  return [
    ...unknownNames(rate, ['recordsPerSecond', 'burst'], 'limits.rateLimit.'),
    ...(isRate
      ? []
      : [`limits.rateLimit.recordsPerSecond is ${showValue(recordsPerSecond)}, expected a number above 0, to ${HIGHEST_RATE}`]),
    ...wholeNumber('limits.rateLimit.burst', burst, HIGHEST_RATE),
  ];
}

function wholeNumber(name: string, value: unknown, highest: number): readonly string[] {
  if (value === undefined || (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= highest)) return [];
  return [`${name} is ${showValue(value)}, expected a whole number from 1 to ${highest}`];
}
