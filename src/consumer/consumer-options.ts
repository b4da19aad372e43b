import { CONSUMER_DEFAULTS } from '../config/consumer-defaults.ts';
import { deriveTimes } from '../config/derive-times.ts';
import type { Times } from '../config/derive-times.ts';
import type { AutoOffsetReset } from '../config/kafka-config.ts';
import { KafkaError } from '../errors.ts';
import type { RateLimitOptions } from '../handler.ts';
import type { TransportConsumerOptions } from '../transport.ts';

/**
 * How a consumer works. All of it has defaults but the group, and they are those of the configuration: session 6,000 ms (30,000
 * is wiser), rebalance 60,000 ms, `maxBytesPerPartition` 1 MiB, `read_committed`, no static membership, `autoOffsetReset`
 * latest; heartbeat, request and `maxWaitTimeMs` follow from the session as there: 1,000, 4,000 and 500 ms.
 */
export interface ConsumerOptions extends Omit<TransportConsumerOptions, 'topics'> {
  readonly autoOffsetReset: AutoOffsetReset;
  /** Commits are at least this far apart (ms, 0 to 60,000), unless `commitMaxRecords` is reached. Default 100. */
  readonly commitIntervalMs: number;
  /** So many records that became terminal since the last commit cause one at once (1 to 10,000,000). Default 10,000. */
  readonly commitMaxRecords: number;
  /** A partition is paused when so many records are queued (1 to 1,000,000); one fetch more may come. Default 10,000. */
  readonly queueHighRecords: number;
  /** It is resumed when no more than so many are left, below `queueHighRecords`. Default 2,500. */
  readonly queueLowRecords: number;
  /** It is paused as well when keys, values and headers of so many bytes are queued (1 to 2^30), and resumed below half. Default 16 MiB. */
  readonly queueHighBytes: number;
  /**
   * Above so many bytes in all partitions together, those that hold something are paused until half is left; one that holds
   * nothing may always fetch (1 to 2^40). The worst case is this and one fetch response a partition. Default 256 MiB.
   */
  readonly queueTotalBytes: number;
  /** It is paused as well when so many records lie between the lowest open one and the position, most of them done (1 to 10,000,000). Default 100,000. */
  readonly maxOpenWindow: number;
  /** Handler calls at a time in this consumer, over all handlers (1 to 100,000); null, the default, for no limit. A batch is one call. */
  readonly concurrency: number | null;
  /** Deliveries per second of this consumer, over all handlers; null, the default, for no limit. */
  readonly rateLimit: Required<RateLimitOptions> | null;
  /** Commits carry in their metadata which records above the offset are done, where the transport can. Default true. */
  readonly durableLedger: boolean;
  /** Of partitions without traffic the end of the log is asked for so often, for lag and retention (ms, 0 to 3,600,000; 0: never). Default 30,000. */
  readonly lagIntervalMs: number;
  /** Batches in a row that were not fetched from the position, before the partition is halted (1 to 100). Default 5. */
  readonly maxDiscontinuities: number;
}

const DEFAULTS = {
  ...CONSUMER_DEFAULTS,
  groupInstanceId: null,
  commitMaxRecords: 10_000,
  queueHighRecords: 10_000,
  queueLowRecords: 2_500,
  concurrency: null,
  rateLimit: null,
  maxDiscontinuities: 5,
} as const satisfies Omit<ConsumerOptions, 'groupId' | keyof Times>;

const BOUNDS = {
  commitIntervalMs: [0, 60_000],
  commitMaxRecords: [1, 10_000_000],
  queueHighRecords: [1, 1_000_000],
  queueLowRecords: [0, 999_999],
  queueHighBytes: [1, 2 ** 30],
  queueTotalBytes: [1, 2 ** 40],
  maxOpenWindow: [1, 10_000_000],
  lagIntervalMs: [0, 3_600_000],
  maxDiscontinuities: [1, 100],
} as const;

/** Fills in the defaults. Throws CONFIG_INVALID, naming every option that is out of bounds. */
export function completeConsumerOptions(given: Partial<ConsumerOptions> & { readonly groupId: string }): ConsumerOptions {
  const chosen = { ...DEFAULTS, ...given };
  const options: ConsumerOptions = { ...chosen, ...deriveTimes(chosen) };
  const problems = Object.entries(BOUNDS).flatMap(([name, [lowest, highest]]) => {
    const value = options[name as keyof typeof BOUNDS];
    return Number.isInteger(value) && value >= lowest && value <= highest
      ? []
      : [`${name} is ${value}, expected a whole number from ${lowest} to ${highest}`];
  });
  if (options.queueLowRecords >= options.queueHighRecords) {
    problems.push(`queueLowRecords is ${options.queueLowRecords}, expected less than queueHighRecords, ${options.queueHighRecords}`);
  }
  if (
    options.concurrency !== null &&
    !(Number.isInteger(options.concurrency) && options.concurrency >= 1 && options.concurrency <= 100_000)
  )
    problems.push(`concurrency is ${options.concurrency}, expected a whole number from 1 to 100000, or null for no limit`);
  if (options.groupId === '') problems.push('groupId is empty, expected the name of a consumer group');
  if (problems.length > 0) throw new KafkaError('CONFIG_INVALID', `Consumer options: ${problems.join('; ')}.`);
  return options;
}
