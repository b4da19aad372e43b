import type { ParkedFetch } from './fetch.ts';
import type { NodeId } from './protocol.ts';
import { PartitionLog } from './partition-log.ts';
import type { Timer } from './timer-queue.ts';
import type { TopicConfig } from './topic-config.ts';

export interface Topic {
  readonly name: string;
  /** Another one each time a topic of this name is made. */
  readonly topicId: string;
  readonly config: TopicConfig;
  readonly partitions: Partition[];
}

export interface Partition {
  readonly index: number;
  /** The first is the leader: brokers do not fail and leaders do not move yet. */
  readonly replicas: readonly NodeId[];
  readonly leader: NodeId;
  readonly leaderEpoch: number;
  readonly log: PartitionLog;
  /** Fetches that wait for more bytes of this partition, among others. */
  readonly waitingFetches: Set<ParkedFetch>;
  retentionTimer: Timer | null;
}

export function newPartition(index: number, replicas: readonly NodeId[]): Partition {
  return {
    index,
    replicas,
    leader: replicas[0] as NodeId,
    leaderEpoch: 0,
    log: new PartitionLog(),
    waitingFetches: new Set(),
    retentionTimer: null,
  };
}
