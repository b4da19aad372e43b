import { setTimeout as delay } from 'node:timers/promises';
import type { ISocketFactory } from 'kafkajs';
import type { TransportAdmin } from '../../src/admin.ts';
import { KafkaError } from '../../src/errors.ts';
import type { KafkaRecord } from '../../src/record.ts';
import { systemClock } from '../../src/system-clock.ts';
import type { ProduceRecord, Transport } from '../../src/transport.ts';
import { kafkajsTransport } from '../../src/transports/kafkajs/index.ts';
import type { Fault, FaultKind } from '../fault.ts';
import { FaultInjector } from '../memory/fault-injector.ts';
import { Incarnation } from '../simulation/incarnation.ts';
import { randomStream } from '../simulation/random.ts';
import type { UntilOptions, Venue, VenueMember } from '../venue.ts';
import { FaultSockets } from './fault-socket.ts';
import { mortalClock, mortalTransport } from './mortal-transport.ts';
import type { RealKafka } from './real-kafka.ts';
import { WitnessClient } from './witness/witness-client.ts';

const POLL_INTERVAL_MS = 10;

/** What can be done to a member's sockets. */
const KAFKA_FAULT_KINDS: readonly FaultKind[] = [
  'commit-refused',
  'commit-request-lost',
  'commit-reply-lost',
  'fetch-request-lost',
  'fetch-reply-lost',
  'heartbeat-request-lost',
  'produce-refused',
  'produce-reply-lost',
];

export interface KafkaVenueOptions {
  /** The cluster; it is not stopped by the venue's `close`. */
  readonly kafka: Pick<RealKafka, 'brokers' | 'version' | 'minSessionTimeoutMs'>;
  /** What members run, over the sockets given: a fault or a death reaches them there. Default: the kafkajs transport. */
  readonly transport?: (options: {
    readonly brokers: readonly string[];
    readonly clientId: string;
    readonly socketFactory: ISocketFactory;
  }) => Transport;
  /** Default 1. Of the members' random streams; real time and a real network are not repeated by it. */
  readonly seed?: number;
}

/** Real Kafka in real time: members run the kafkajs transport, each over sockets that faults and death can reach. */
export class KafkaVenue implements Venue {
  readonly name = 'kafka';
  readonly brokerVersion: string;
  readonly clock: typeof systemClock = systemClock;
  readonly faultKinds: readonly FaultKind[] = KAFKA_FAULT_KINDS;
  readonly minSessionTimeoutMs: number;
  readonly admin: TransportAdmin;
  readonly #brokers: readonly string[];
  readonly #seed: number;
  readonly #makeTransport: NonNullable<KafkaVenueOptions['transport']>;
  readonly #faults = new FaultInjector();
  readonly #witness: WitnessClient;
  readonly #own: Transport;
  readonly #incarnations = new Map<string, number>();
  readonly #alive = new Set<Incarnation>();
  readonly #transports = new Set<Transport>();

  constructor({ kafka, seed = 1, transport = defaultTransport }: KafkaVenueOptions) {
    this.brokerVersion = kafka.version;
    this.minSessionTimeoutMs = kafka.minSessionTimeoutMs;
    this.#brokers = kafka.brokers;
    this.#seed = seed;
    this.#makeTransport = transport;
    this.#witness = new WitnessClient(kafka.brokers);
    this.#own = kafkajsTransport({ brokers: kafka.brokers, clientId: 'venue' });
    this.admin = this.#own.admin;
  }

  get fired(): ReadonlyMap<FaultKind, number> {
    return this.#faults.fired;
  }

  openMember(name: string): VenueMember {
    const count = (this.#incarnations.get(name) ?? 0) + 1;
    this.#incarnations.set(name, count);
    const life = new Incarnation(`${name}#${count}`);
    const sockets = new FaultSockets(life.name, this.#faults);
    const transport = this.#makeTransport({ brokers: this.#brokers, clientId: name, socketFactory: sockets.factory });
    this.#alive.add(life);
    this.#transports.add(transport);
    life.onKill(() => {
      sockets.cut();
      this.#alive.delete(life);
      // Ends the dead client's own loops; with its sockets cut, no broker hears of it.
      void transport.close().finally(() => this.#transports.delete(transport));
    });
    return {
      name: life.name,
      transport: mortalTransport(transport, life),
      clock: mortalClock(systemClock, life),
      random: randomStream(this.#seed, 'jitter', life.name),
      rehearse: (handler) => handler,
      kill: () => life.kill(),
      get staleEffects() {
        return life.staleEffects;
      },
    };
  }

  produce(topic: string, partition: number, records: readonly ProduceRecord[]): Promise<number> {
    return this.#witness.produce(topic, partition, records);
  }

  readRecords(topic: string): Promise<readonly KafkaRecord[]> {
    return this.#witness.readRecords(topic);
  }

  inject(fault: Fault): void {
    if (!KAFKA_FAULT_KINDS.includes(fault.kind)) {
      throw new KafkaError(
        'UNSUPPORTED',
        `Real Kafka cannot be given the fault ${fault.kind}; it can have ${KAFKA_FAULT_KINDS.join(', ')}.`,
      );
    }
    this.#faults.inject(fault);
  }

  disarm(): void {
    this.#faults.disarm();
  }

  async until(condition: () => boolean | Promise<boolean>, { withinMs, describe }: UntilOptions): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (!(await condition())) {
      if (performance.now() > deadline) throw new KafkaError('STAGE_STUCK', `Not within ${withinMs} ms: ${describe()}`);
      await delay(POLL_INTERVAL_MS);
    }
  }

  async advance(durationMs: number): Promise<void> {
    await delay(durationMs);
  }

  /** Leaves the groups of members that still live. */
  async close(): Promise<void> {
    await Promise.all([...this.#transports].map((transport) => transport.close()));
    for (const life of this.#alive) life.kill();
    await this.#own.close();
    this.#witness.close();
  }
}

function defaultTransport({ brokers, clientId, socketFactory }: Parameters<NonNullable<KafkaVenueOptions['transport']>>[0]): Transport {
  return kafkajsTransport({ brokers, clientId, client: { socketFactory } });
}
