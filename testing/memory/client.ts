import { KafkaError } from '../../src/errors.ts';
import { quotedNames } from '../../src/quoted-names.ts';
import type { TopicPartition } from '../../src/transport.ts';
import type { Api, NodeId, Response } from '../broker/protocol.ts';
import type { TopicMetadata } from '../broker/protocol-data.ts';
import type { Incarnation } from '../simulation/incarnation.ts';
import type { VirtualClock } from '../simulation/virtual-clock.ts';
import type { Connection } from './connection.ts';
import type { Network } from './network.ts';
import type { RequestBody } from './request-body.ts';

/** How long the client waits before it asks again after an error that may pass. */
export const RETRY_BACKOFF_MS = 100;

/** Kafka's default. */
const METADATA_MAX_AGE_MS = 300_000;

interface KnownTopic {
  readonly topicId: string;
  /** Leader by partition; the index is the partition. Undefined where none is up. */
  readonly leaders: readonly (NodeId | undefined)[];
}

/**
 * What consumer, producer and admin of one process share: the network, the clock, and what is known of the cluster. Each
 * purpose has connections of its own, since a broker answers one request of a connection at a time.
 */
export class Client {
  readonly owner: Incarnation;
  readonly clock: VirtualClock;
  readonly nodeIds: readonly NodeId[];
  /** metadata.max.age.ms: how soon a leader sees that partitions were added. */
  readonly metadataMaxAgeMs: number;
  readonly #network: Network;
  readonly #connections = new Map<string, Connection>();
  /** Connections opened so far, by purpose and broker: a broken one is replaced under a new name. */
  readonly #opened = new Map<string, number>();
  readonly #topics = new Map<string, KnownTopic>();
  readonly #watchers: (() => void)[] = [];
  #closed = false;
  #nodeTurn = 0;

  constructor(network: Network, owner: Incarnation, clock: VirtualClock, metadataMaxAgeMs = METADATA_MAX_AGE_MS) {
    this.#network = network;
    this.owner = owner;
    this.clock = clock;
    this.metadataMaxAgeMs = metadataMaxAgeMs;
    this.nodeIds = network.host.cluster.nodeIds;
  }

  connection(purpose: string, nodeId: NodeId): Connection {
    const key = `${purpose}@${nodeId}`;
    const existing = this.#connections.get(key);
    if (existing !== undefined && !existing.closed) return existing;
    const count = (this.#opened.get(key) ?? 0) + 1;
    this.#opened.set(key, count);
    const connection = this.#network.connect(this.owner, nodeId, count === 1 ? purpose : `${purpose}.${count}`);
    this.#connections.set(key, connection);
    if (this.#closed) connection.close();
    return connection;
  }

  request<A extends Api>(purpose: string, nodeId: NodeId, body: RequestBody<A>, timeoutMs: number): Promise<Response<A>> {
    return this.connection(purpose, nodeId).request(body, timeoutMs);
  }

  /** Of a broker that has answered last: the next one in turn after one that did not. */
  get anyNode(): NodeId {
    return this.nodeIds[this.#nodeTurn % this.nodeIds.length] as NodeId;
  }

  /** What every broker can answer; whoever does not is not asked next. */
  async askAny<A extends Api>(body: RequestBody<A>, timeoutMs: number): Promise<Response<A>> {
    try {
      return await this.request('lookup', this.anyNode, body, timeoutMs);
    } catch (error) {
      this.#nodeTurn += 1;
      throw error;
    }
  }

  /** A batch is to come late, as one of the next assignment: a fault. What to call when it has; null for no such fault. */
  holdsBatchBack(place: TopicPartition): (() => void) | null {
    return this.#network.troubles.holdsBatchBack(this.owner.name, place);
  }

  /** Any broker's answer, and remembers it. */
  async refresh(topics: readonly string[], timeoutMs: number): Promise<readonly TopicMetadata[]> {
    const response = await this.askAny({ api: 'Metadata', topics: [...topics] }, timeoutMs);
    for (const topic of response.topics) {
      if (topic.errorCode !== 'NONE' || topic.topicId === null) this.#topics.delete(topic.name);
      else
        this.#topics.set(topic.name, {
          topicId: topic.topicId,
          leaders: topic.partitions.map(({ leader }) => (leader < 0 ? undefined : leader)),
        });
    }
    for (const learned of this.#watchers) learned();
    return response.topics;
  }

  /** Called whenever something was learned of the cluster: a leader may be another. */
  watchMetadata(learned: () => void): void {
    this.#watchers.push(learned);
  }

  /** From what is known; undefined where nothing is. */
  leaderOf({ topic, partition }: TopicPartition): NodeId | undefined {
    return this.#topics.get(topic)?.leaders[partition];
  }

  topicId(topic: string): string | null {
    return this.#topics.get(topic)?.topicId ?? null;
  }

  partitionCount(topic: string): number | undefined {
    return this.#topics.get(topic)?.leaders.length;
  }

  /** Asks the cluster for those of `topics` that are not known. Rejects with UNKNOWN_TOPIC where it knows none either. */
  async ensureKnown(topics: readonly string[], timeoutMs: number): Promise<void> {
    const missing = topics.filter((topic) => !this.#topics.has(topic));
    if (missing.length === 0) return;
    const answers = await this.refresh(missing, timeoutMs);
    const unknown = answers.filter(({ errorCode }) => errorCode !== 'NONE').map(({ name }) => name);
    if (unknown.length > 0) throw unknownTopics(unknown);
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.clock.setTimer(delayMs, resolve));
  }

  /** Ends the connections of one purpose. */
  closePurpose(purpose: string): void {
    for (const [key, connection] of this.#connections) {
      if (!key.startsWith(`${purpose}@`)) continue;
      connection.close();
      this.#connections.delete(key);
    }
  }

  close(): void {
    this.#closed = true;
    for (const connection of this.#connections.values()) connection.close();
  }
}

export function unknownTopics(topics: readonly string[]): KafkaError {
  const named = topics.length === 1 ? `Topic ${quotedNames(topics)} does` : `Topics ${quotedNames(topics)} do`;
  return new KafkaError('UNKNOWN_TOPIC', `${named} not exist in this cluster`, {
    kafkaCode: 'UNKNOWN_TOPIC_OR_PARTITION',
    details: { topics },
  });
}

/** `topic/partition`, for maps and messages. */
export function placeName({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
