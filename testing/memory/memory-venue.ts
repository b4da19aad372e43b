import type { TransportAdmin } from '../../src/admin.ts';
import type { Clock } from '../../src/clock.ts';
import { KafkaError } from '../../src/errors.ts';
import type { KafkaRecord } from '../../src/record.ts';
import type { ProduceRecord } from '../../src/transport.ts';
import type { BrokerConfig } from '../broker/broker-config.ts';
import { Cluster } from '../broker/cluster.ts';
import type { NodeId } from '../broker/protocol.ts';
import { FAULTS, isClusterFault, isMemberFault, isNetworkFault, isRequestFault } from '../fault/catalogue.ts';
import { FaultCounts } from '../fault/fault-counts.ts';
import type { Happening } from '../fault/happening.ts';
import type { Fault, FaultKind, MemberFault } from '../fault.ts';
import { EventLoop } from '../simulation/event-loop.ts';
import { Incarnation } from '../simulation/incarnation.ts';
import type { TraceEntry } from '../simulation/trace.ts';
import { VirtualClock } from '../simulation/virtual-clock.ts';
import { virtualizeGlobals } from '../simulation/virtual-globals.ts';
import type { UntilOptions, Venue, VenueMember } from '../venue.ts';
import { BrokerHost } from './broker-host.ts';
import { unknownTopics } from './client.ts';
import { FaultInjector, MEMORY_FAULT_KINDS } from './fault-injector.ts';
import { ClusterFaults } from './cluster-faults.ts';
import { MemoryAdmin } from './memory-admin.ts';
import { MemoryMember } from './memory-member.ts';
import { NetworkFaults } from './network-faults.ts';
import { Network } from './network.ts';
import { SteadyProducer } from './steady-producer.ts';

/** What the brokers do later than this (retention, expiry of offsets) lets nobody get on (virtual ms). */
const DEADLOCK_HORIZON_MS = 600_000;

export interface MemoryVenueOptions {
  /** Default 1. The same seed gives the same latencies, jitter and trace. */
  readonly seed?: number;
  /** Default 2, 1 to 100. */
  readonly brokers?: number;
  /** What differs from Kafka's own defaults. */
  readonly brokerConfig?: Partial<BrokerConfig>;
  /** Virtual milliseconds since the epoch. Default 2026-01-01T00:00:00Z. */
  readonly startAt?: number;
  /** How long (real ms) a handler may wait for something that the simulation does not control. Default 10,000. */
  readonly watchdogMs?: number;
  /** How many events `trace()` keeps. Default 10,000. */
  readonly traceLimit?: number;
  /** Decisions of the scheduler, see `EventLoopOptions.choices`. Default none: first in, first out. */
  readonly choices?: readonly number[];
  /** Decisions whose number of alternatives is written down, see `alternativeCounts`. Default 0. */
  readonly decisionLimit?: number;
  /** metadata.max.age.ms of the members' clients: how soon a group's leader sees that partitions were added. Default 300,000. */
  readonly metadataMaxAgeMs?: number;
  /**
   * `produce` meets faults as well: it is then an idempotent producer that tries again until the record is written, and
   * takes virtual time when it must. Default false: always at once.
   */
  readonly produceUnderFaults?: boolean;
  /**
   * Handlers that use the platform's timers, dates and random numbers get virtual ones; what is covered, and what is not, says
   * `virtualizeGlobals`. Default false.
   */
  readonly virtualGlobals?: boolean;
  /** Bounds of one way through the network, in virtual ms. Default 1 and 4. */
  readonly minLatencyMs?: number;
  readonly maxLatencyMs?: number;
}

/** An in-memory cluster in virtual time. Its own calls (`admin`, `produce`, `readRecords`) take no time; members go through the simulated network. */
export class MemoryVenue implements Venue {
  readonly name = 'memory';
  readonly brokerVersion = 'in-memory';
  readonly clock: Clock;
  readonly faultKinds: readonly FaultKind[] = MEMORY_FAULT_KINDS.filter((kind) => FAULTS[kind].seat !== 'handler');
  readonly minSessionTimeoutMs: number;
  readonly admin: TransportAdmin;
  readonly #seed: number;
  readonly #loop: EventLoop;
  readonly #host: BrokerHost;
  readonly #network: Network;
  readonly #counts = new FaultCounts();
  readonly #faults = new FaultInjector(this.#counts);
  readonly #troubles = new NetworkFaults(this.#counts);
  readonly #clusterFaults: ClusterFaults;
  readonly #produceUnderFaults: boolean;
  readonly #producer: SteadyProducer;
  readonly #metadataMaxAgeMs: number | undefined;
  readonly #restoreGlobals: (() => void) | null;
  readonly #incarnations = new Map<string, number>();
  readonly #alive = new Set<Incarnation>();

  constructor(options: MemoryVenueOptions = {}) {
    this.#seed = options.seed ?? 1;
    this.#loop = new EventLoop(options);
    this.clock = new VirtualClock(this.#loop, null);
    const configs = options.brokerConfig ?? {};
    this.minSessionTimeoutMs = configs.groupMinSessionTimeoutMs ?? 6_000;
    const cluster = new Cluster({ now: this.#loop.now, brokers: options.brokers ?? 2, configs });
    this.#host = new BrokerHost(cluster, this.#loop);
    this.#network = new Network(this.#loop, this.#host, this.#faults, this.#troubles, { ...options, seed: this.#seed });
    this.#clusterFaults = new ClusterFaults({
      loop: this.#loop,
      host: this.#host,
      counts: this.#counts,
      cutConnections: (nodeId) => this.#network.cutConnections(nodeId),
    });
    this.#produceUnderFaults = options.produceUnderFaults ?? false;
    this.#producer = new SteadyProducer(this.#loop, this.#host, this.#faults, this.#troubles);
    this.#metadataMaxAgeMs = options.metadataMaxAgeMs;
    this.#restoreGlobals = options.virtualGlobals === true ? virtualizeGlobals() : null;
    this.admin = new MemoryAdmin({
      nodeIds: cluster.nodeIds,
      anyNode: () => this.#host.anyNode(),
      ask: async (nodeId, body) => this.#host.ask(nodeId, body),
    });
  }

  get fired(): ReadonlyMap<FaultKind, number> {
    return this.#counts.fired;
  }

  /** The last events, oldest first. */
  trace(): readonly TraceEntry[] {
    return this.#loop.trace();
  }

  /** Of everything that has happened, by content: the same seed on the same code gives the same, on any machine and Node version. */
  traceHash(): string {
    return this.#loop.traceHash();
  }

  isDeadlocked(): boolean {
    return this.#loop.isDeadlocked(DEADLOCK_HORIZON_MS);
  }

  /** Events that have happened. */
  get eventCount(): number {
    return this.#loop.eventCount;
  }

  /** How many events could have happened at each decision so far. */
  get alternativeCounts(): readonly number[] {
    return this.#loop.alternativeCounts;
  }

  openMember(name: string): VenueMember {
    const count = (this.#incarnations.get(name) ?? 0) + 1;
    this.#incarnations.set(name, count);
    const incarnation = new Incarnation(`${name}#${count}`);
    this.#alive.add(incarnation);
    return new MemoryMember(this.#loop, this.#network, incarnation, {
      seed: this.#seed,
      metadataMaxAgeMs: this.#metadataMaxAgeMs,
      killed: () => void this.#alive.delete(incarnation),
    });
  }

  async produce(topic: string, partition: number, records: readonly ProduceRecord[]): Promise<number> {
    if (this.#produceUnderFaults) return this.#producer.produce(topic, partition, records);
    const [answer] = this.#host.ask(this.#leaderOf(topic, partition), {
      api: 'Produce',
      acks: -1,
      partitions: [{ topic, partition, records }],
    }).partitions;
    if (answer?.errorCode === 'NONE') return answer.baseOffset;
    const hint = answer?.errorCode === 'MESSAGE_TOO_LARGE' ? " (larger than the topic's max.message.bytes)" : '';
    throw new KafkaError('PRODUCE_FAILED', `Produce to ${topic}/${partition}: ${answer?.errorCode ?? 'no answer'}${hint}`, {
      kafkaCode: answer?.errorCode ?? null,
    });
  }

  async readRecords(topic: string): Promise<readonly KafkaRecord[]> {
    return this.records(topic);
  }

  /** As `readRecords`, at once. */
  records(topic: string): readonly KafkaRecord[] {
    const records: KafkaRecord[] = [];
    for (let partition = 0; ; partition += 1) {
      const log = this.#host.cluster.log(topic, partition);
      if (log !== null) for (const record of log.records()) records.push(record);
      else if (partition > 0) return records;
      else throw unknownTopics([topic]);
    }
  }

  /** As the group's coordinator stores it; null when there is none. Throws UNKNOWN_TOPIC. */
  committedOffset(groupId: string, topic: string, partition: number): number | null {
    this.#leaderOf(topic, partition);
    return this.#host.cluster.committedOffset(groupId, topic, partition)?.offset ?? null;
  }

  /** Told of what the checker must know. */
  get onHappening(): ((happening: Happening) => void) | null {
    return this.#counts.onHappening;
  }

  set onHappening(tell: ((happening: Happening) => void) | null) {
    this.#counts.onHappening = tell;
  }

  inject(fault: Fault): void {
    if (isRequestFault(fault)) this.#faults.inject(fault);
    else if (isNetworkFault(fault)) this.#troubles.inject(fault);
    else if (isClusterFault(fault)) this.#loop.afterEvents(fault.afterEvents ?? 0, () => this.#clusterFaults.strike(fault));
    else if (isMemberFault(fault)) this.#loop.afterEvents(fault.afterEvents ?? 0, () => this.#befall(fault));
    else
      throw new KafkaError(
        'UNSUPPORTED',
        `Unknown fault kind ${JSON.stringify(fault.kind)}, or one of handlers; this venue has ${this.faultKinds.join(', ')}`,
      );
  }

  disarm(): void {
    this.#faults.disarm();
    this.#troubles.disarm();
    this.#loop.clearCountdowns();
    this.#clusterFaults.repair();
  }

  /** Of every life of that member that goes on. */
  #befall(fault: Extract<Fault, MemberFault>): void {
    for (const life of this.#alive) {
      if (life.name !== fault.member && !life.name.startsWith(`${fault.member}#`)) continue;
      switch (fault.kind) {
        case 'member-crashed':
          this.#counts.felt(fault);
          this.#counts.onHappening?.({ kind: 'member-crashed', member: life.name });
          life.kill();
          this.#alive.delete(life);
          break;
        case 'member-paused':
          life.pauseUntil(
            this.#loop.now + fault.ms,
            () => this.#counts.felt(fault),
            () => this.#counts.over(fault),
          );
          break;
        case 'clock-jumped':
          life.jumpClock(fault.ms, () => this.#counts.felt(fault));
          break;
      }
    }
  }

  async until(condition: () => boolean | Promise<boolean>, { withinMs, describe }: UntilOptions): Promise<void> {
    const limitAt = this.#loop.now + withinMs;
    const expired = (): Error =>
      new KafkaError('STAGE_STUCK', `Not within ${withinMs} ms of virtual time: ${describe()}`, { details: { reason: 'time-up' } });
    await this.#loop.drive({ condition, limitAt, expired, describe });
  }

  async advance(durationMs: number): Promise<void> {
    if (!(durationMs >= 0)) throw new RangeError(`Time advances by a number of milliseconds from 0 on; given ${String(durationMs)}`);
    const limitAt = this.#loop.now + durationMs;
    await this.#loop.drive({ condition: () => false, limitAt, expired: () => null, describe: () => `${durationMs} ms to pass` });
  }

  async close(): Promise<void> {
    for (const incarnation of this.#alive) incarnation.kill();
    this.#alive.clear();
    this.#loop.close();
    this.#restoreGlobals?.();
  }

  #leaderOf(topic: string, partition: number): NodeId {
    const log = this.#host.cluster.log(topic, partition);
    if (log !== null) return log.leader;
    if (this.#host.cluster.log(topic, 0) === null) throw unknownTopics([topic]);
    throw new KafkaError('UNKNOWN_TOPIC', `Topic ${topic} has no partition ${partition}`, { kafkaCode: 'UNKNOWN_TOPIC_OR_PARTITION' });
  }
}
