import type { Disturbance } from '../broker/disturbance.ts';
import type { NodeId } from '../broker/protocol.ts';
import type { FaultCounts } from '../fault/fault-counts.ts';
import type { ClusterFault, Fault } from '../fault.ts';
import type { EventLoop } from '../simulation/event-loop.ts';
import type { BrokerHost } from './broker-host.ts';

type Struck = Extract<Fault, ClusterFault>;

export interface ClusterFaultsOptions {
  readonly loop: EventLoop;
  readonly host: BrokerHost;
  readonly counts: FaultCounts;
  /** Breaks the connections to a broker that goes down. */
  readonly cutConnections: (nodeId: NodeId) => void;
}

/** Carries out the faults that befall the cluster itself. */
export class ClusterFaults {
  readonly #loop: EventLoop;
  readonly #host: BrokerHost;
  readonly #counts: FaultCounts;
  readonly #cutConnections: (nodeId: NodeId) => void;
  /** What must still be put right when the faults are over. */
  readonly #repairs = new Set<() => void>();

  constructor({ loop, host, counts, cutConnections }: ClusterFaultsOptions) {
    this.#loop = loop;
    this.#host = host;
    this.#counts = counts;
    this.#cutConnections = cutConnections;
  }

  /** Once. */
  strike(fault: Struck): void {
    this.#strike(fault);
  }

  #strike(fault: Struck): unknown {
    switch (fault.kind) {
      case 'broker-restarted':
        return this.#restart(fault);
      case 'coordinator-moved':
        return this.#disturb(
          fault,
          this.#host.cluster.groupIds().map((groupId) => ({ kind: 'coordinator-moved', groupId, loadMs: fault.loadMs })),
          fault.loadMs,
        );
      case 'coordinator-loading':
        return this.#disturb(fault, [{ kind: 'coordinator-loading', ms: fault.ms }], fault.ms);
      case 'leader-moved':
        return this.#disturb(fault, [{ kind: 'leader-moved', ...placeOf(fault) }], 0);
      case 'replica-lagging':
        return this.#disturb(fault, [{ kind: 'replica-lagging', ...placeOf(fault), ms: fault.ms }], fault.ms);
      case 'not-enough-replicas':
        return this.#disturb(fault, [{ kind: 'replicas-lost', ...placeOf(fault), ms: fault.ms }], fault.ms);
      case 'disk-full':
        return this.#disturb(fault, [{ kind: 'disk-failed', nodeId: fault.node, ms: fault.ms }], fault.ms);
      case 'unclean-leader':
        if (this.#disturb(fault, [{ kind: 'unclean-leader', ...placeOf(fault), records: fault.records }], 0))
          this.#replaced(fault.topic, [fault.partition]);
        return undefined;
      case 'records-removed':
        return this.#removeRecords(fault);
      case 'control-record':
        return this.#disturb(fault, [{ kind: 'control-record', ...placeOf(fault) }], 0);
      case 'rebalance':
        return this.#disturb(
          fault,
          this.#host.cluster.groupIds().map((groupId) => ({ kind: 'rebalance', groupId })),
          0,
        );
      case 'topic-recreated':
        return this.#recreate(fault);
      case 'partitions-added':
        return this.#addPartitions(fault);
    }
  }

  /** The calm begins: what is down comes back. What has a time of its own ends by itself. */
  repair(): void {
    for (const repair of this.#repairs) repair();
    this.#repairs.clear();
  }

  #disturb(fault: Struck, disturbances: readonly Disturbance[], lastsMs: number): boolean {
    let changed = false;
    for (const disturbance of disturbances) changed = this.#host.disturb(disturbance) || changed;
    if (!changed) return false;
    this.#counts.felt(fault);
    if (lastsMs > 0) this.#loop.schedule(this.#loop.now + lastsMs, null, `${fault.kind} is over`, () => this.#counts.over(fault));
    return true;
  }

  #restart(fault: Extract<Struck, { readonly kind: 'broker-restarted' }>): void {
    const { node } = fault;
    if (!this.#host.cluster.nodeIds.includes(node) || !this.#host.disturb({ kind: 'broker-stopped', nodeId: node })) return;
    this.#counts.felt(fault);
    this.#cutConnections(node);
    this.#later(fault, fault.downMs, () => void this.#host.disturb({ kind: 'broker-started', nodeId: node }));
  }

  #removeRecords(fault: Extract<Struck, { readonly kind: 'records-removed' }>): void {
    const { topic, partition, keep } = fault;
    if (!this.#host.disturb({ kind: 'records-removed', topic, partition, keep })) return;
    const { cluster } = this.#host;
    const offset = cluster.log(topic, partition)?.logStartOffset ?? 0;
    this.#counts.onHappening?.({ kind: 'log-start-moved', topic, partition, offset });
    // Nobody misses what every group has committed past.
    if (cluster.groupIds().some((groupId) => (cluster.committedOffset(groupId, topic, partition)?.offset ?? 0) < offset))
      this.#counts.felt(fault);
  }

  #recreate(fault: Extract<Struck, { readonly kind: 'topic-recreated' }>): void {
    const { topic, goneMs } = fault;
    const { cluster } = this.#host;
    let partitions = 0;
    while (cluster.log(topic, partitions) !== null) partitions += 1;
    if (partitions === 0) return;
    const replicationFactor = cluster.replicationFactor(topic);
    this.#host.ask(this.#host.anyNode(), { api: 'DeleteTopics', topics: [topic] });
    this.#counts.felt(fault);
    this.#replaced(topic, [...Array(partitions).keys()]);
    this.#later(fault, goneMs, () => {
      const wanted = { name: topic, numPartitions: partitions, replicationFactor, assignments: null, configs: {} };
      this.#host.ask(this.#host.anyNode(), { api: 'CreateTopics', topics: [wanted] });
    });
  }

  #addPartitions(fault: Extract<Struck, { readonly kind: 'partitions-added' }>): void {
    const { cluster } = this.#host;
    let count = 0;
    while (cluster.log(fault.topic, count) !== null) count += 1;
    if (count === 0) return;
    const topics = [{ name: fault.topic, count: count + fault.partitions, assignments: null }];
    const [result] = this.#host.ask(this.#host.anyNode(), { api: 'CreatePartitions', topics }).results;
    if (result?.errorCode === 'NONE') this.#counts.felt(fault);
  }

  #replaced(topic: string, partitions: readonly number[]): void {
    for (const partition of partitions) this.#counts.onHappening?.({ kind: 'log-replaced', topic, partition });
  }

  /** After `ms`, or when the calm begins. */
  #later(fault: Struck, ms: number, repair: () => void): void {
    const mend = (): void => {
      if (!this.#repairs.delete(mend)) return;
      this.#loop.cancel(event);
      repair();
      this.#counts.over(fault);
    };
    const event = this.#loop.schedule(this.#loop.now + ms, null, `${fault.kind} is over`, mend);
    this.#repairs.add(mend);
  }
}

function placeOf({ topic, partition }: { readonly topic: string; readonly partition: number }) {
  return { topic, partition };
}
