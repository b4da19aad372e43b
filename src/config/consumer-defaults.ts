/** What a consumer does where nobody says otherwise, be it made by a manager from its configuration or alone. */
export const CONSUMER_DEFAULTS = {
  autoOffsetReset: 'latest',
  isolationLevel: 'read_committed',
  sessionTimeoutMs: 6_000,
  rebalanceTimeoutMs: 60_000,
  maxBytesPerPartition: 1_048_576,
  commitIntervalMs: 100,
  lagIntervalMs: 30_000,
  maxOpenWindow: 100_000,
  durableLedger: true,
  queueHighBytes: 16 * 1_048_576,
  queueTotalBytes: 256 * 1_048_576,
} as const;
