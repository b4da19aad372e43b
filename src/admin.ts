/**
 * The admin contract: what the runtime, the commands and the test kit ask of a cluster besides consuming and producing.
 * Calls may overlap. A call about several topics or partitions that rejects may have done part of it. Errors are
 * `KafkaError`s: UNKNOWN_TOPIC (or no such partition) names the topics, UNSUPPORTED the call that a transport lacks; what else
 * a broker refuses has its `kafkaCode`.
 */
import type { TopicPartition } from './transport.ts';

export interface TransportAdmin {
  /** All topics of the cluster where `topics` is left out. Topics in any order, partitions by number. Rejects with UNKNOWN_TOPIC; never creates a topic. */
  describeTopics(topics?: readonly string[]): Promise<readonly TopicDescription[]>;
  /** Settings of `names` as they hold for each topic, defaults included; one that the brokers do not know is left out. In order. Rejects with UNKNOWN_TOPIC. */
  describeTopicConfigs(topics: readonly string[], names: readonly string[]): Promise<readonly TopicConfigs[]>;
  /** Rejects with TOPIC_ALREADY_EXISTS. Resolves when every partition has a leader. */
  createTopics(topics: readonly NewTopic[]): Promise<void>;
  /** Resolves when the cluster has taken it on; `describeTopics` may lag behind. */
  deleteTopics(topics: readonly string[]): Promise<void>;
  /** Raises the number of partitions to `partitions`; rejects when it is not higher. Resolves as `deleteTopics`. */
  createPartitions(topic: string, partitions: number): Promise<void>;
  /** Moves the log start up: records below `beforeOffset` are gone when it resolves. Nothing to do below the log start; rejects above the log end. */
  deleteRecords(offsets: readonly (TopicPartition & { readonly beforeOffset: number })[]): Promise<void>;
  /**
   * `earliest`: log start. `latest`: log end. `last-stable`: where read_committed stops reading, the log end or the first
   * record of the oldest open transaction. A time: the first offset with a timestamp at or after it, else null. One answer
   * each, in order.
   */
  listOffsets(
    partitions: readonly TopicPartition[],
    at: OffsetSpec,
  ): Promise<readonly (TopicPartition & { readonly offset: number | null })[]>;
  /** As the coordinator stores them, for every partition of `topics`, in any order; offset null where there is none, as in a group that was never used; below −1 as stored, see `AssignedPartition.committedOffset`. */
  committedOffsets(groupId: string, topics: readonly string[]): Promise<readonly CommittedOffset[]>;
  /** Sets offsets from outside, without metadata. Rejects with GROUP_NOT_EMPTY while the group has members, and sets nothing. */
  setCommittedOffsets(groupId: string, offsets: readonly (TopicPartition & { readonly offset: number })[]): Promise<void>;
  /** A group that was never used is `Dead`; one that everybody left may still be `Empty`. Member ids are those that `assigned` tells. */
  describeGroup(groupId: string): Promise<GroupDescription>;
}

/** Which offset of a log is asked for, see `listOffsets`. */
export type OffsetSpec = 'earliest' | 'latest' | 'last-stable' | { readonly timestampMs: number };

export interface TopicDescription {
  readonly name: string;
  readonly topicId: string | null;
  readonly partitions: readonly { readonly partition: number; readonly leader: number | null }[];
}

export interface TopicConfigs {
  readonly name: string;
  /** Kafka's names and texts, such as `{ 'cleanup.policy': 'delete' }`. */
  readonly configs: Readonly<Record<string, string>>;
}

export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  /** Default 1. */
  readonly replicationFactor?: number;
  /** Broker id of the leader for each partition, in order, one for each; by default the cluster spreads them. */
  readonly leaders?: readonly number[];
  /** Kafka's topic configuration, such as `{ 'message.timestamp.type': 'LogAppendTime' }`. */
  readonly configs?: Readonly<Record<string, string>>;
}

export interface CommittedOffset extends TopicPartition {
  readonly offset: number | null;
  readonly metadata: string | null;
}

export interface GroupDescription {
  readonly groupId: string;
  readonly state: 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead';
  readonly members: readonly { readonly memberId: string; readonly clientId: string; readonly partitions: readonly TopicPartition[] }[];
}
