import type { Clock } from '../../clock.ts';
import { KafkaError } from '../../errors.ts';
import { quotedNames } from '../../quoted-names.ts';
import type { HeldPartition } from './held-partitions.ts';
import type { Broker, Cluster } from './kafkajs-internals.ts';
import { isTimeout } from './kafkajs-internals.ts';
import { anyBroker, cachedLeader, NO_TOPIC_ID, readTopics } from './topology.ts';
import type { ConnectionFacts } from './translate-error.ts';
import { translateError } from './translate-error.ts';
import { kafkaErrorCode } from './wire/error-codes.ts';
import type { TopicAnswer } from './wire/metadata.ts';

const MISSING_LOOK_MS = 1_000;
const NOT_KNOWN: ReadonlySet<string> = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC_ID', 'INCONSISTENT_TOPIC_ID']);

export interface MetadataWatchHost {
  readonly clock: Clock;
  readonly facts: ConnectionFacts;
  readonly cluster: Cluster;
  readonly topics: readonly string[];
  held(): readonly HeldPartition[];
  /** These are no longer the log that was fetched. */
  gone(partitions: readonly HeldPartition[], cause: KafkaError): void;
  warn(error: KafkaError): void;
}

/** Keeps a consumer's view of topics and leaders true: kafkajs's own is as old as its maximum age allows, and knows no topic ids. */
export class MetadataWatch {
  readonly #host: MetadataWatchHost;
  #nextLookAt = 0;

  constructor(host: MetadataWatchHost) {
    this.#host = host;
  }

  async refresh(): Promise<void> {
    const { cluster, facts, warn } = this.#host;
    await cluster.refreshMetadata().catch((error: unknown) => warn(translateError(error, 'refresh the metadata', 'PROTOCOL', facts)));
  }

  /**
   * A deleted topic may come back, a partition get a leader again: nothing that is fetched would tell. With new partitions
   * kafkajs joins the group again, with a new broker it fetches from that one.
   */
  async lookForMissing(): Promise<void> {
    const { clock, cluster, held, topics } = this.#host;
    const now = clock.now();
    if (now < this.#nextLookAt) return;
    this.#nextLookAt = now + MISSING_LOOK_MS;
    const complete =
      topics.every((topic) => cluster.findTopicPartitionMetadata(topic).length > 0) &&
      held().every((partition) => cachedLeader(cluster, partition) !== null);
    if (!complete) await this.refresh();
  }

  /** A leader said that it does not lead these, or not know them: it has moved, or the topic was deleted, or made again. */
  async refused(partitions: readonly HeldPartition[], kafkaCode: string): Promise<void> {
    const { cluster, facts, gone, warn } = this.#host;
    await this.refresh();
    if (!NOT_KNOWN.has(kafkaCode)) return;
    try {
      const topics = await readTopics(await anyBroker(cluster), [...new Set(partitions.map(({ topic }) => topic))]);
      const lost = partitions.filter((partition) => isGone(partition, topics));
      if (lost.length === 0) return;
      const names = [...new Set(lost.map(({ topic }) => topic))];
      const what = names.length === 1 ? `The topic ${quotedNames(names)} was` : `The topics ${quotedNames(names)} were`;
      gone(
        lost,
        new KafkaError('UNKNOWN_TOPIC', `${what} deleted, or deleted and made again; what was fetched before is no longer the log.`, {
          kafkaCode,
        }),
      );
    } catch (error) {
      warn(translateError(error, 'look topics up', 'PROTOCOL', facts));
    }
  }

  /** As kafkajs does after a closed connection: the broker is forgotten until the metadata names it again. */
  async brokerFailed(broker: Broker, error: unknown): Promise<void> {
    const { host, port } = broker.connectionPool;
    this.#host.warn(translateError(error, `fetch from ${host}:${port}`, 'PROTOCOL', this.#host.facts));
    if (!isTimeout(error)) this.#host.cluster.removeBroker({ host, port });
    await this.refresh();
  }
}

function isGone({ topic, topicId }: HeldPartition, topics: readonly TopicAnswer[]): boolean {
  const now = topics.find((answer) => answer.topic === topic);
  if (now === undefined) return false;
  if (kafkaErrorCode(now.errorCode)?.name === 'UNKNOWN_TOPIC_OR_PARTITION') return true;
  return now.errorCode === 0 && topicId !== null && now.topicId !== NO_TOPIC_ID && now.topicId !== topicId;
}
