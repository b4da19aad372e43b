import type { LimitsConfig } from './config/kafka-config.ts';
import type { ConsumerOptions } from './consumer/consumer-options.ts';
import { KafkaError } from './errors.ts';
import type { RateLimitOptions } from './handler.ts';
import { showValue } from './show-value.ts';

/** Limits of one process over all of its handlers; a group of three processes does three times as much. */
export interface ManagerLimits {
  /** Handler calls at a time, a batch counting once: 1 to 100,000. Default: no limit but those of the handlers. */
  readonly concurrency?: number;
  /** Deliveries per second, redeliveries included. Default: no limit but those of the handlers. */
  readonly rateLimit?: RateLimitOptions;
  /**
   * Keys and values that wait in memory, in bytes: above it partitions that hold some are paused, and one fetch response each
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

const HIGHEST_RATE = 1_000_000;

/** The consumer's options of the same meaning. Throws CONFIG_INVALID for a rate out of bounds; the consumer checks the rest. */
export function limitOptions({ concurrency, rateLimit, queuedBytes, openWindow }: ManagerLimits): Partial<ConsumerOptions> {
  return {
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(rateLimit === undefined ? {} : { rateLimit: completeRate(rateLimit) }),
    ...(queuedBytes === undefined ? {} : { queueTotalBytes: queuedBytes }),
    ...(openWindow === undefined ? {} : { maxOpenWindow: openWindow }),
  };
}

function completeRate({ recordsPerSecond, burst }: RateLimitOptions): Required<RateLimitOptions> {
  if (!(typeof recordsPerSecond === 'number' && recordsPerSecond > 0 && recordsPerSecond <= HIGHEST_RATE))
    throw invalid('recordsPerSecond', recordsPerSecond, `a number above 0, to ${HIGHEST_RATE}`);
  if (burst === undefined) return { recordsPerSecond, burst: Math.max(1, Math.ceil(recordsPerSecond / 10)) };
  if (!Number.isInteger(burst) || burst < 1 || burst > HIGHEST_RATE)
    throw invalid('burst', burst, `a whole number from 1 to ${HIGHEST_RATE}`);
  return { recordsPerSecond, burst };
}

function invalid(name: string, given: unknown, expected: string): KafkaError {
  return new KafkaError('CONFIG_INVALID', `limits.rateLimit.${name} is ${showValue(given)}, expected ${expected}`);
}
