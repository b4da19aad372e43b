import type { BrokerConfig } from './broker-config.ts';
import type { Group } from './group.ts';
import type { NodeId } from './protocol.ts';
import type { TimerQueue } from './timer-queue.ts';
import type { Partition, Topic } from './topic.ts';

/** What all request handlers work on. The brokers share it: nothing here is replicated, so nothing is ever out of date. */
export interface ClusterState {
  readonly nodeIds: readonly NodeId[];
  readonly clusterId: string;
  readonly config: BrokerConfig;
  readonly ids: (prefix: string) => string;
  /** When the cluster was made: periodic tasks run at this time and whole intervals after it. */
  readonly startedAtMs: number;
  nowMs: number;
  readonly timers: TimerQueue;
  readonly topics: Map<string, Topic>;
  /** Topics made so far: where the next one's first leader is. */
  topicsCreated: number;
  readonly groups: Map<string, Group>;
  /** Producer ids handed out so far. */
  producerIds: number;
  /** Brokers that are down: they lead and coordinate nothing. The driver cuts their connections. */
  readonly down: Set<NodeId>;
  /** How many brokers further than by default each group's coordinator is. */
  readonly coordinatorMoves: Map<string, number>;
  /** Coordinators load their groups until then (ms since the epoch), and answer nothing else meanwhile. */
  loadingUntilMs: number;
  /** Brokers whose disk takes nothing and gives nothing until then. */
  readonly diskFailedUntilMs: Map<NodeId, number>;
}

/** Who asks whom. */
export interface Caller {
  readonly nodeId: NodeId;
  readonly clientId: string;
}

export function findPartition(
  state: ClusterState,
  topic: string,
  partition: number,
): { readonly topic: Topic; readonly partition: Partition } | null {
  const found = state.topics.get(topic);
  const foundPartition = found?.partitions[partition];
  return found === undefined || foundPartition === undefined ? null : { topic: found, partition: foundPartition };
}

/** The first run of a task that runs every `intervalMs`, at or after `atMs` and after now. */
export function nextTick(state: ClusterState, atMs: number, intervalMs: number): number {
  const earliest = Math.max(atMs, state.nowMs + 1);
  return state.startedAtMs + Math.max(1, Math.ceil((earliest - state.startedAtMs) / intervalMs)) * intervalMs;
}
