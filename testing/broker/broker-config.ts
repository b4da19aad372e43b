/**
 * Settings of all brokers of a cluster, under Kafka's names in our spelling. Defaults are Kafka's, except
 * `groupInitialRebalanceDelayMs`, which is 0 here (3,000 in Kafka).
 */
export interface BrokerConfig {
  /** group.initial.rebalance.delay.ms: how long the first join of an empty group waits for more members. */
  readonly groupInitialRebalanceDelayMs: number;
  /** group.min.session.timeout.ms */
  readonly groupMinSessionTimeoutMs: number;
  /** group.max.session.timeout.ms */
  readonly groupMaxSessionTimeoutMs: number;
  /** group.max.size */
  readonly groupMaxSize: number;
  /** offsets.retention.minutes, in ms. */
  readonly offsetsRetentionMs: number;
  /** offsets.retention.check.interval.ms */
  readonly offsetsRetentionCheckIntervalMs: number;
  /** offset.metadata.max.bytes; Kafka counts UTF-16 code units. */
  readonly offsetMetadataMaxBytes: number;
  /** log.retention.ms: the default of a topic's retention.ms; −1: no limit. */
  readonly logRetentionMs: number;
  /** log.retention.bytes: the default of a topic's retention.bytes; −1: no limit. */
  readonly logRetentionBytes: number;
  /** log.retention.check.interval.ms */
  readonly logRetentionCheckIntervalMs: number;
  /** message.max.bytes: the default of a topic's max.message.bytes. */
  readonly messageMaxBytes: number;
}

export const DEFAULT_BROKER_CONFIG: BrokerConfig = {
  groupInitialRebalanceDelayMs: 0,
  groupMinSessionTimeoutMs: 6_000,
  groupMaxSessionTimeoutMs: 1_800_000,
  groupMaxSize: 2_147_483_647,
  offsetsRetentionMs: 604_800_000,
  offsetsRetentionCheckIntervalMs: 600_000,
  offsetMetadataMaxBytes: 4_096,
  logRetentionMs: 604_800_000,
  logRetentionBytes: -1,
  logRetentionCheckIntervalMs: 300_000,
  messageMaxBytes: 1_048_588,
};
