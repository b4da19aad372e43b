import type { Kafka } from 'kafkajs';
import type { TransportAdmin } from '../../admin.ts';
import type { Clock } from '../../clock.ts';
import { KafkaError } from '../../errors.ts';
import { EventLog } from '../../log/event-log.ts';
import { showValue } from '../../show-value.ts';
import { systemClock } from '../../system-clock.ts';
import type {
  ConsumerListener,
  Transport,
  TransportCapabilities,
  TransportConsumer,
  TransportConsumerOptions,
  TransportProducer,
} from '../../transport.ts';
import { makeAdmin } from './admin.ts';
import type { KafkajsTransportOptions } from './client-options.ts';
import { DEFAULT_METADATA_MAX_AGE_MS, DEFAULT_REQUEST_TIMEOUT_MS, makeClient, usesSasl, usesTls } from './client-options.ts';
import { closeConnections } from './connections.ts';
import { KafkajsTransportConsumer } from './consumer.ts';
import type { Cluster, ClusterAccess } from './kafkajs-internals.ts';
import { openCluster } from './kafkajs-internals.ts';
import { KafkajsTransportProducer } from './producer.ts';
import { anyBroker, readTopics } from './topology.ts';
import type { ConnectionFacts } from './translate-error.ts';
import { translateError, unreachable } from './translate-error.ts';
import { within } from './wait.ts';

const LATE = Symbol('late');
const CLOSED = 'The transport was closed.';

class KafkajsTransport implements Transport {
  readonly name = 'kafkajs';
  readonly capabilities: TransportCapabilities = {
    rebalanceGrace: true,
    staticMembership: false,
    commitMetadata: true,
    headerFidelity: 'exact',
    transactions: false,
    serverSideAssignment: false,
  };
  readonly admin: TransportAdmin;
  readonly #options: KafkajsTransportOptions;
  readonly #clock: Clock;
  /** Of the client's own lines. */
  readonly #log: EventLog | null;
  readonly #facts: ConnectionFacts;
  readonly #requestTimeoutMs: number;
  readonly #metadataMaxAgeMs: number;
  readonly #open = new Set<{ stop(): Promise<void> }>();
  #access: ClusterAccess | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: KafkajsTransportOptions) {
    const brokers: unknown = (options as KafkajsTransportOptions | undefined)?.brokers;
    if (!Array.isArray(brokers) || brokers.length === 0 || brokers.some((broker) => typeof broker !== 'string'))
      throw new KafkaError(
        'CONFIG_INVALID',
        `kafkajsTransport: brokers is ${showValue(brokers)}, expected an array with at least one host:port.`,
      );
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.logger === undefined ? null : new EventLog(options.logger, this.#clock);
    this.#facts = { brokers: options.brokers, tls: usesTls(options), sasl: usesSasl(options) };
    this.#requestTimeoutMs = options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS;
    this.#metadataMaxAgeMs = options.metadataMaxAgeMs ?? DEFAULT_METADATA_MAX_AGE_MS;
    this.admin = makeAdmin({
      clock: this.#clock,
      facts: this.#facts,
      requestTimeoutMs: this.#requestTimeoutMs,
      cluster: () => this.#connected(),
    });
  }

  async connect({ timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: AbortSignal }): Promise<void> {
    const what = 'connect to Kafka';
    signal?.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const abort = (): void => aborted.reject(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const reached = this.#reach();
      reached.catch(() => {}); // it may fail after the time is over
      const outcome = await within(this.#clock, timeoutMs, Promise.race([reached, aborted.promise]), LATE);
      if (outcome === LATE) throw unreachable(what, timeoutMs, this.#facts);
    } catch (error) {
      signal?.throwIfAborted();
      throw translateError(error, what, 'BROKER_UNREACHABLE', this.#facts);
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  createConsumer(options: TransportConsumerOptions, listener: ConsumerListener): TransportConsumer {
    if (options.groupInstanceId !== null) throw new KafkaError('UNSUPPORTED', 'groupInstanceId: kafkajs knows no static membership.');
    const longest = options.sessionTimeoutMs - 2 * options.heartbeatIntervalMs;
    if (longest <= 0) {
      throw new KafkaError(
        'CONFIG_INVALID',
        `heartbeatIntervalMs: ${options.heartbeatIntervalMs} leaves no room for a lost reply in a session of ${options.sessionTimeoutMs} ms; it must be less than half of it, better a third.`,
      );
    }
    // kafkajs waits for a heartbeat's reply before it sends the next one: a lost one must not outlast the session.
    const requestTimeoutMs = Math.min(options.requestTimeoutMs, longest);
    return this.#track(
      new KafkajsTransportConsumer({
        makeClient: (isOver) => makeClient(this.#options, requestTimeoutMs, this.#log, isOver),
        adminCluster: () => this.#connected(),
        clock: this.#clock,
        facts: this.#facts,
        metadataMaxAgeMs: this.#metadataMaxAgeMs,
        checkCrcs: this.#options.checkCrcs ?? true,
        options,
        listener,
      }),
    );
  }

  createProducer({ requestTimeoutMs }: { readonly requestTimeoutMs: number }): TransportProducer {
    const producer = new KafkajsTransportProducer({
      makeClient: (isOver) => makeClient(this.#options, requestTimeoutMs, this.#log, isOver),
      clock: this.#clock,
      facts: this.#facts,
      metadataMaxAgeMs: this.#metadataMaxAgeMs,
      requestTimeoutMs,
    });
    this.#track({ stop: () => producer.close() });
    return producer;
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    const access = this.#access;
    try {
      await Promise.all([...this.#open].map((open) => open.stop()));
      this.#open.clear();
      if (access !== null) await closeConnections(access, CLOSED, this.#clock);
    } finally {
      this.#log?.close();
    }
  }

  /** A broker answers, and so does one at the address that the brokers advertise. */
  async #reach(): Promise<void> {
    await readTopics(await anyBroker(await this.#connected()), []);
  }

  async #connected(): Promise<Cluster> {
    if (this.#closing !== null) throw new KafkaError('BROKER_UNREACHABLE', CLOSED);
    const client = (): Kafka => makeClient(this.#options, this.#requestTimeoutMs, this.#log, () => this.#closing !== null);
    this.#access ??= openCluster(client(), this.#metadataMaxAgeMs, this.#clock);
    const { cluster } = this.#access;
    await cluster.connect();
    return cluster;
  }

  #track<Open extends { stop(): Promise<void> }>(open: Open): Open {
    // Nobody would stop it.
    if (this.#closing !== null) throw new KafkaError('BROKER_UNREACHABLE', CLOSED);
    this.#open.add(open);
    return open;
  }
}

/** The production transport, on kafkajs 2.2.4. What it relies on inside kafkajs is told in kafkajs-internals.ts. */
export function kafkajsTransport(options: KafkajsTransportOptions): Transport {
  return new KafkajsTransport(options);
}
