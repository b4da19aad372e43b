/**
 * A cluster of Kafka brokers as one synchronous state machine: requests in, replies out, time as an argument. It owns no
 * clock, timer, promise, socket or randomness; latency, loss and faults are the driver's.
 */
import type { BrokerConfig } from './broker-config.ts';
import type { ConnectionId, NodeId, Reply, Request } from './protocol.ts';
import type { CommittedOffsetView, GroupView, LogView } from './views.ts';

export interface ClusterOptions {
  /** Number of brokers, ids from 1. Default 2, 1 to 100. */
  readonly brokers?: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Makes member ids, topic ids and the cluster id: unique, and the same in every run. Default: the prefix and a counter. */
  readonly ids?: (prefix: string) => string;
  /** What differs from the defaults. */
  readonly configs?: Partial<BrokerConfig>;
}

export class Cluster {
  constructor(options: ClusterOptions) {
    void options;
  }

  /** Ids of the brokers, ascending. */
  get nodeIds(): readonly NodeId[] {
    throw new Error('not yet');
  }

  /**
   * Takes a request and returns what is ready: its own reply, if it is not held back, and the held-back ones that it, or the
   * time since the last call, let go. A broker handles one request of a connection at a time, as Kafka does: while one is
   * held back (Fetch long poll, JoinGroup, SyncGroup), later ones of that connection wait behind it. Use a connection of its
   * own per broker for fetches.
   */
  submit(nodeId: NodeId, connection: ConnectionId, request: Request, now: number): readonly Reply[] {
    throw new Error(`not yet ${nodeId} ${connection} ${request.api} ${now}`);
  }

  /** Lets time itself act up to `now`: long polls, join barriers, session expiry, retention. `now` never goes backward. */
  advance(now: number): readonly Reply[] {
    throw new Error(`not yet ${now}`);
  }

  /** When `advance` has something to do next; null when only a request can change anything. */
  nextDeadline(): number | null {
    throw new Error('not yet');
  }

  /** The connection is gone: its open requests are never answered. As in Kafka a group member stays until its session expires. */
  disconnect(connection: ConnectionId): void {
    throw new Error(`not yet ${connection}`);
  }

  /** Names of all topics, sorted. */
  topics(): readonly string[] {
    throw new Error('not yet');
  }

  /** Null where there is no such partition. A snapshot of the numbers; the records are the log's own. */
  log(topic: string, partition: number): LogView | null {
    throw new Error(`not yet ${topic} ${partition}`);
  }

  committedOffset(groupId: string, topic: string, partition: number): CommittedOffsetView | null {
    throw new Error(`not yet ${groupId} ${topic} ${partition}`);
  }

  /** Null where there is no such group. */
  group(groupId: string): GroupView | null {
    throw new Error(`not yet ${groupId}`);
  }
}
