import { KafkaError } from '../../errors.ts';
import type { TopicPartition } from '../../transport.ts';
import type { Broker, Cluster } from './kafkajs-internals.ts';
import { kafkaErrorCode } from './wire/error-codes.ts';
import { METADATA_VERSION_WITH_TOPIC_IDS, metadataRequest } from './wire/metadata.ts';
import type { TopicAnswer } from './wire/metadata.ts';
import { sendRequest } from './wire/send-request.ts';

export const EARLIEST = -2;
export const LATEST = -1;
const METADATA_API = 3;
const READ_UNCOMMITTED = 0;
const READ_COMMITTED = 1;

/** Any broker that can be connected to. */
export async function anyBroker(cluster: Cluster): Promise<Broker> {
  let failure: unknown = new KafkaError('BROKER_UNREACHABLE', 'The cluster names no brokers.');
  if (cluster.getNodeIds().length === 0) await cluster.refreshMetadata();
  for (const nodeId of cluster.getNodeIds()) {
    try {
      return await cluster.findBroker({ nodeId });
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** Topics with their ids as a broker knows them now; null: all. Per-topic errors stand in the answer. Creates none. */
export async function readTopics(broker: Broker, topics: readonly string[] | null): Promise<readonly TopicAnswer[]> {
  if ((broker.versions?.[METADATA_API]?.maxVersion ?? 0) >= METADATA_VERSION_WITH_TOPIC_IDS)
    return await sendRequest(broker, metadataRequest(topics));
  const { topicMetadata } = await broker.metadata(topics ?? []);
  return topicMetadata.map((topic) => ({
    topic: topic.topic,
    topicId: NO_TOPIC_ID,
    errorCode: topic.topicErrorCode,
    internal: topic.topic.startsWith('__'),
    partitions: topic.partitionMetadata.map((partition) => ({
      partition: partition.partitionId,
      errorCode: partition.partitionErrorCode,
      leader: partition.leader,
    })),
  }));
}

/** What a broker answers for a topic without an id (metadata versions before 3.0). */
export const NO_TOPIC_ID = '00000000-0000-0000-0000-000000000000';

/** The leader's node id as the cached metadata has it; null: the topic or partition is unknown or has no leader now. */
export function cachedLeader(cluster: Cluster, { topic, partition }: TopicPartition): number | null {
  const leader = cluster.findTopicPartitionMetadata(topic).find((metadata) => metadata.partitionId === partition)?.leader;
  return leader === undefined || leader < 0 ? null : leader;
}

const LOOKS = 2;

/** Puts topics into the cached metadata. kafkajs's own refresh may join one that is running and does not ask for them. */
export async function knowTopics(cluster: Cluster, topics: readonly string[]): Promise<void> {
  await cluster.addMultipleTargetTopics(topics);
  for (let look = 0; look < LOOKS; look += 1) {
    if (topics.every((topic) => cluster.findTopicPartitionMetadata(topic).length > 0)) return;
    await cluster.refreshMetadata();
  }
}

export interface ListedOffset extends TopicPartition {
  /** Null: no record at or after the time asked for. */
  readonly offset: number | null;
}

/** ListOffsets from each partition's leader. The end is where the next record goes, or under `read_committed` the last stable offset. */
export async function listOffsets(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  timestamp: number,
  isolationLevel: 'read_committed' | 'read_uncommitted' = 'read_uncommitted',
): Promise<readonly ListedOffset[]> {
  await knowTopics(cluster, [...new Set(partitions.map(({ topic }) => topic))]);
  const leaders = Map.groupBy(partitions, (partition) => requireLeader(cluster, partition));
  const answers = await Promise.all(
    [...leaders].map(async ([nodeId, led]) => {
      const broker = await cluster.findBroker({ nodeId });
      const topics = [...Map.groupBy(led, ({ topic }) => topic)].map(([topic, same]) => ({
        topic,
        partitions: same.map(({ partition }) => ({ partition, timestamp })),
      }));
      return (await broker.listOffsets({ isolationLevel: isolationLevel === 'read_committed' ? READ_COMMITTED : READ_UNCOMMITTED, topics }))
        .responses;
    }),
  );
  return answers
    .flat()
    .flatMap(({ topic, partitions: listed }) =>
      listed.map(({ partition, offset }) => ({ topic, partition, offset: Number(offset) < 0 ? null : Number(offset) })),
    );
}

/** The node id of the leader, by the metadata that is cached; without one a KafkaError that names the partition. */
export function requireLeader(cluster: Cluster, wanted: TopicPartition): number {
  const leader = cachedLeader(cluster, wanted);
  if (leader !== null) return leader;
  const known = cluster.findTopicPartitionMetadata(wanted.topic).length > 0;
  const kafkaCode = known ? 'LEADER_NOT_AVAILABLE' : 'UNKNOWN_TOPIC_OR_PARTITION';
  throw new KafkaError(
    known ? 'PROTOCOL' : 'UNKNOWN_TOPIC',
    `${wanted.topic}/${wanted.partition} ${known ? 'has no leader now' : 'does not exist'}.`,
    { kafkaCode },
  );
}

/** Which of the topics no broker knows, and which only some know: a new topic reaches the brokers one after the other. Not from the cache. */
export async function unknownTopics(
  cluster: Cluster,
  topics: readonly string[],
): Promise<{ readonly nowhere: readonly string[]; readonly somewhere: boolean }> {
  await anyBroker(cluster);
  const reachable = (await Promise.all(cluster.getNodeIds().map((nodeId) => cluster.findBroker({ nodeId }).catch(() => null)))).filter(
    (broker) => broker !== null,
  );
  const answers = await Promise.all(reachable.map((broker) => readTopics(broker, topics)));
  const unknownTo = answers.map(
    (answer) => new Set(answer.filter(({ errorCode }) => UNKNOWN.has(kafkaErrorCode(errorCode)?.name ?? '')).map(({ topic }) => topic)),
  );
  return {
    nowhere: topics.filter((topic) => unknownTo.every((unknown) => unknown.has(topic))),
    somewhere: unknownTo.some((unknown) => unknown.size > 0),
  };
}

const UNKNOWN: ReadonlySet<string> = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION']);
