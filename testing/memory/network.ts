import type { NodeId } from '../broker/protocol.ts';
import type { EventLoop } from '../simulation/event-loop.ts';
import type { Incarnation } from '../simulation/incarnation.ts';
import { hashOf } from '../simulation/random.ts';
import type { BrokerHost } from './broker-host.ts';
import { Connection, type ConnectionHome, type HeldRequest } from './connection.ts';
import type { FaultInjector } from './fault-injector.ts';
import type { NetworkFaults } from './network-faults.ts';

export interface NetworkOptions {
  readonly seed: number;
  /** One way takes from `minLatencyMs` to `maxLatencyMs` virtual milliseconds. Default 1 and 4. */
  readonly minLatencyMs?: number;
  readonly maxLatencyMs?: number;
}

/** Everything that the connections of one simulation share. */
export class Network implements ConnectionHome {
  readonly loop: EventLoop;
  readonly host: BrokerHost;
  readonly faults: FaultInjector;
  readonly troubles: NetworkFaults;
  /** Connections that are open, by broker. */
  readonly #open = new Map<NodeId, Set<Connection>>();
  /** Requests that wait to be overtaken. */
  readonly #held = new Set<HeldRequest>();
  readonly #seed: number;
  readonly #minLatencyMs: number;
  readonly #latencySpreadMs: number;

  constructor(loop: EventLoop, host: BrokerHost, faults: FaultInjector, troubles: NetworkFaults, options: NetworkOptions) {
    this.loop = loop;
    this.host = host;
    this.faults = faults;
    this.troubles = troubles;
    this.#seed = hashOf(options.seed, 'latency');
    this.#minLatencyMs = options.minLatencyMs ?? 1;
    this.#latencySpreadMs = (options.maxLatencyMs ?? 4) - this.#minLatencyMs + 1;
  }

  /** `purpose` tells several connections of one process to one broker apart, and must be unique among them. */
  connect(owner: Incarnation, nodeId: NodeId, purpose: string): Connection {
    const connection = new Connection(this, owner, nodeId, `${owner.name}/${purpose}@${nodeId}`);
    let open = this.#open.get(nodeId);
    if (open === undefined) this.#open.set(nodeId, (open = new Set()));
    open.add(connection);
    return connection;
  }

  forget(connection: Connection): void {
    this.#open.get(connection.nodeId)?.delete(connection);
  }

  /** As when a broker goes down: every connection to it breaks. */
  cutConnections(nodeId: NodeId): void {
    for (const connection of [...(this.#open.get(nodeId) ?? [])]) connection.cut();
  }

  /** Until another connection of the same process was served, or the time is over. */
  hold(held: HeldRequest): void {
    this.#held.add(held);
  }

  release(held: HeldRequest): boolean {
    return this.#held.delete(held);
  }

  /** A request of this connection was served: who waited for that goes next. */
  served(connection: Connection, owner: Incarnation): void {
    for (const held of this.#held) {
      if (held.owner === owner && held.connection !== connection) held.overtaken();
    }
  }

  /** From (seed, connection, direction, n) alone, so that one more message elsewhere shifts nothing here. */
  latencyMs(connectionHash: number, direction: number, count: number): number {
    return this.#minLatencyMs + (hashOf(this.#seed, connectionHash, direction, count) % this.#latencySpreadMs);
  }
}
