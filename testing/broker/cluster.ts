/**
 * A cluster of Kafka brokers as one synchronous state machine: requests in, replies out, time as an argument. It owns no
 * clock, timer, promise, socket or randomness; latency, loss and faults are the driver's. It speaks as Kafka 4 does, and
 * test/broker/fidelity.kafka.test.ts holds it to that; test/broker/known-differences.ts lists where 3.9 answers otherwise.
 *
 * Modelled: what `protocol.ts` lists, each request in a file of its own with what it models and what not.
 * Not modelled, of the whole: replication (a record is committed when it is written), brokers that fail, leaders and
 * coordinators that move, leader epochs above 0, producer ids, transactions, compression, compaction, quotas, access
 * control, groups other than classic ones, internal topics. What happens at once here takes effect broker by broker in Kafka.
 */
import type { BrokerConfig } from './broker-config.ts';
import { DEFAULT_BROKER_CONFIG } from './broker-config.ts';
import type { ClusterState } from './cluster-state.ts';
import { Connections } from './connections.ts';
import type { Disturbance } from './disturbance.ts';
import { disturb } from './disturb.ts';
import { committedOffsetView, groupView, logView } from './inspect.ts';
import type { ConnectionId, NodeId, Reply, Request } from './protocol.ts';
import { handleRequest } from './requests.ts';
import { TimerQueue } from './timer-queue.ts';
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
  readonly #state: ClusterState;
  readonly #connections: Connections;

  constructor(options: ClusterOptions) {
    const brokers = options.brokers ?? 2;
    if (!Number.isInteger(brokers) || brokers < 1 || brokers > 100)
      throw new RangeError(`brokers: expected a whole number from 1 to 100, got ${brokers}`);
    if (!Number.isSafeInteger(options.now)) throw new RangeError(`now: expected whole milliseconds since the epoch, got ${options.now}`);
    const ids = options.ids ?? countingIds();
    const state: ClusterState = {
      nodeIds: Array.from({ length: brokers }, (_, index) => index + 1),
      clusterId: ids('cluster'),
      config: { ...DEFAULT_BROKER_CONFIG, ...options.configs },
      ids,
      startedAtMs: options.now,
      nowMs: options.now,
      timers: new TimerQueue(),
      topics: new Map(),
      topicsCreated: 0,
      groups: new Map(),
      producerIds: 0,
      down: new Set(),
      coordinatorMoves: new Map(),
      loadingUntilMs: options.now,
      diskFailedUntilMs: new Map(),
    };
    this.#state = state;
    this.#connections = new Connections((nodeId, request, respond) =>
      handleRequest(state, { nodeId, clientId: request.clientId }, request, respond),
    );
  }

  /** Ids of the brokers, ascending. */
  get nodeIds(): readonly NodeId[] {
    return this.#state.nodeIds;
  }

  /**
   * Takes a request and returns what is ready: its own reply, if it is not held back, and the held-back ones that it, or the
   * time since the last call, let go. A broker handles one request of a connection at a time, as Kafka does: while one is
   * held back (Fetch long poll, JoinGroup, SyncGroup), later ones of that connection wait behind it. Use a connection of its
   * own per broker for fetches.
   */
  submit(nodeId: NodeId, connection: ConnectionId, request: Request, now: number): readonly Reply[] {
    if (!this.#state.nodeIds.includes(nodeId))
      throw new RangeError(`No broker ${nodeId}: the cluster has ${this.#state.nodeIds.join(', ')}`);
    this.#runUntil(now);
    this.#connections.receive(nodeId, connection, request);
    this.#connections.continueFreed();
    this.#runUntil(now);
    return this.#connections.takeReplies();
  }

  /** Lets time itself act up to `now`: long polls, join barriers, session expiry, retention. `now` never goes backward. */
  advance(now: number): readonly Reply[] {
    this.#runUntil(now);
    return this.#connections.takeReplies();
  }

  /** When `advance` has something to do next; null when only a request can change anything. Later than the last `now` given. */
  nextDeadline(): number | null {
    return this.#state.timers.nextDeadline();
  }

  /** Trouble of the cluster's own, see `Disturbance`. `changed`: it found something to disturb. */
  disturb(disturbance: Disturbance, now: number): { readonly changed: boolean; readonly replies: readonly Reply[] } {
    this.#runUntil(now);
    const changed = disturb(this.#state, disturbance);
    this.#connections.continueFreed();
    return { changed, replies: this.#connections.takeReplies() };
  }

  /** Of its first partition; 1 where there is no such topic. */
  replicationFactor(topic: string): number {
    return this.#state.topics.get(topic)?.partitions[0]?.replicas.length ?? 1;
  }

  /** Whether the broker takes requests. */
  isUp(nodeId: NodeId): boolean {
    return !this.#state.down.has(nodeId);
  }

  /** Ids of all groups, in the order in which they were made. */
  groupIds(): readonly string[] {
    return [...this.#state.groups.keys()];
  }

  /** The connection is gone: its open requests are never answered. As in Kafka a group member stays until its session expires. */
  disconnect(connection: ConnectionId): void {
    this.#connections.close(connection);
  }

  /** Names of all topics, sorted. */
  topics(): readonly string[] {
    return [...this.#state.topics.keys()].sort();
  }

  /** Null where there is no such partition. A snapshot of the numbers; the records are the log's own. */
  log(topic: string, partition: number): LogView | null {
    return logView(this.#state, topic, partition);
  }

  committedOffset(groupId: string, topic: string, partition: number): CommittedOffsetView | null {
    return committedOffsetView(this.#state, groupId, topic, partition);
  }

  /** Null where there is no such group. */
  group(groupId: string): GroupView | null {
    return groupView(this.#state, groupId);
  }

  /** Each deadline acts at its own time, so that a long step and many short ones lead to the same. */
  #runUntil(now: number): void {
    if (!(now >= this.#state.nowMs))
      throw new RangeError(`now: expected at least ${this.#state.nowMs}, got ${now}: time never goes backward`);
    for (let due = this.#state.timers.takeDue(now); due !== null; due = this.#state.timers.takeDue(now)) {
      this.#state.nowMs = Math.max(this.#state.nowMs, due.atMs);
      due.run();
      this.#connections.continueFreed();
    }
    this.#state.nowMs = now;
  }
}

function countingIds(): (prefix: string) => string {
  let count = 0;
  return (prefix) => {
    count += 1;
    return `${prefix}-${count}`;
  };
}
