import type { TransportAdmin } from '../../src/admin.ts';
import type {
  ConsumerListener,
  Transport,
  TransportCapabilities,
  TransportConsumer,
  TransportConsumerOptions,
  TransportProducer,
} from '../../src/transport.ts';
import type { Incarnation } from '../simulation/incarnation.ts';
import { neverSettles } from '../simulation/incarnation.ts';
import { Client, RETRY_BACKOFF_MS } from './client.ts';
import { MemoryAdmin } from './memory-admin.ts';
import { MemoryConsumer } from './memory-consumer.ts';
import { MemoryProducer } from './memory-producer.ts';
import type { Network } from './network.ts';
import type { VirtualClock } from '../simulation/virtual-clock.ts';

/** Time-out (virtual ms) of requests that no caller gave one for. */
const DEFAULT_REQUEST_TIMEOUT_MS = 30_000;

const CAPABILITIES: TransportCapabilities = {
  rebalanceGrace: true,
  staticMembership: true,
  commitMetadata: true,
  headerFidelity: 'exact',
  transactions: false,
  serverSideAssignment: false,
};

/** One incarnation's Kafka client on the in-memory cluster. An ordinary client of it: it joins, beats, fetches, commits, and can be fenced. */
export class MemoryTransport implements Transport {
  readonly name = 'memory';
  readonly capabilities: TransportCapabilities = CAPABILITIES;
  readonly admin: TransportAdmin;
  readonly #client: Client;
  readonly #owner: Incarnation;
  readonly #open = new Set<{ stop(): Promise<void> }>();
  #created = 0;

  /** `metadataMaxAgeMs`: see the venue's options. */
  constructor(network: Network, owner: Incarnation, clock: VirtualClock, metadataMaxAgeMs?: number) {
    this.#owner = owner;
    const client = new Client(network, owner, clock, metadataMaxAgeMs);
    this.#client = client;
    this.admin = new MemoryAdmin({
      nodeIds: client.nodeIds,
      anyNode: () => client.anyNode,
      ask: (nodeId, body) => client.request('admin', nodeId, body, DEFAULT_REQUEST_TIMEOUT_MS),
    });
  }

  async connect(options: { readonly timeoutMs: number; readonly signal?: AbortSignal }): Promise<void> {
    options.signal?.throwIfAborted();
    const deadline = this.#client.clock.now() + options.timeoutMs;
    for (;;) {
      options.signal?.throwIfAborted();
      try {
        await this.#client.askAny({ api: 'Metadata', topics: [] }, Math.min(DEFAULT_REQUEST_TIMEOUT_MS, options.timeoutMs));
        return;
      } catch (error) {
        // Every broker is tried, as a client with a list of them does.
        if (this.#client.clock.now() + RETRY_BACKOFF_MS >= deadline) throw error;
        await this.#client.sleep(RETRY_BACKOFF_MS);
      }
    }
  }

  createConsumer(options: TransportConsumerOptions, listener: ConsumerListener): TransportConsumer {
    const consumer = new MemoryConsumer(this.#client, this.#purpose('consumer'), options, listener);
    this.#open.add(consumer);
    return consumer;
  }

  createProducer(options: { readonly requestTimeoutMs: number }): TransportProducer {
    return new MemoryProducer(this.#client, this.#purpose('producer'), options.requestTimeoutMs);
  }

  async close(): Promise<void> {
    if (this.#owner.refuses(() => 'closed its transport')) return neverSettles();
    await Promise.all([...this.#open].map((each) => each.stop()));
    this.#open.clear();
    this.#client.close();
  }

  #purpose(kind: string): string {
    this.#created += 1;
    return `${kind}${this.#created}`;
  }
}
