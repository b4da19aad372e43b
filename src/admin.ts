/**
 * The admin contract: what the runtime, the commands and the test kit ask of a cluster besides consuming and producing.
 * Calls may overlap. Errors are `KafkaError`s: UNKNOWN_TOPIC names the topics, UNSUPPORTED the call that a transport lacks.
 */
import type { TopicPartition } from './transport.ts';

export interface TransportAdmin {
  /** All topics of the cluster where `topics` is left out. Rejects with UNKNOWN_TOPIC; never creates a topic. */
  describeTopics(topics?: readonly string[]): Promise<readonly TopicDescription[]>;
  /** Rejects with TOPIC_ALREADY_EXISTS. Resolves when every partition has a leader. */
  createTopics(topics: readonly NewTopic[]): Promise<void>;
  deleteTopics(topics: readonly string[]): Promise<void>;
  /** Raises the number of partitions to `partitions`. */
  createPartitions(topic: string, partitions: number): Promise<void>;
  /** Moves the log start up: records below `beforeOffset` are gone. */
  deleteRecords(offsets: readonly (TopicPartition & { readonly beforeOffset: number })[]): Promise<void>;
  /** `earliest`: log start. `latest`: log end. A time: the first offset with a timestamp at or after it, else null. */
  listOffsets(partitions: readonly TopicPartition[], at: 'earliest' | 'latest' | { readonly timestampMs: number }): Promise<readonly (TopicPartition & { readonly offset: number | null })[]>;
  /** As the coordinator stores them, for every partition of `topics`; offset null where there is none. */
  committedOffsets(groupId: string, topics: readonly string[]): Promise<readonly CommittedOffset[]>;
  /** Sets offsets from outside. Rejects with GROUP_NOT_EMPTY while the group has members. */
  setCommittedOffsets(groupId: string, offsets: readonly (TopicPartition & { readonly offset: number })[]): Promise<void>;
  describeGroup(groupId: string): Promise<GroupDescription>;
}

export interface TopicDescription {
  readonly name: string;
  readonly topicId: string | null;
  readonly partitions: readonly { readonly partition: number; readonly leader: number | null }[];
}

export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  /** Default 1. */
  readonly replicationFactor?: number;
  /** Broker id of the leader for each partition, in order; by default the cluster spreads them. */
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
