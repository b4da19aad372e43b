import type { ParkedFetch } from './fetch.ts';
import type { NodeId } from './protocol.ts';
import { PartitionLog } from './partition-log.ts';
import { ProducerState } from './producer-state.ts';
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
  readonly replicas: readonly NodeId[];
  /** −1: none of its replicas is up. */
  leader: NodeId;
  /** Raised each time the leader changes. */
  leaderEpoch: number;
  /** Replicas that have all that was acknowledged, the leader among them. */
  inSyncReplicas: readonly NodeId[];
  readonly producers: ProducerState;
  /** Produce requests that wait for the in-sync replicas. */
  readonly waitingProduces: Set<() => void>;
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
    inSyncReplicas: replicas,
    producers: new ProducerState(),
    waitingProduces: new Set(),
    log: new PartitionLog(),
    waitingFetches: new Set(),
    retentionTimer: null,
  };
}
