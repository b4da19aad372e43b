import type { AssignedPartition } from '../../transport.ts';
import type { HookedBrokers } from './group-hooks.ts';
import type { HeldPartition, Membership } from './held-partitions.ts';
import { toEpoch } from './held-partitions.ts';
import type { Cluster } from './kafkajs-internals.ts';
import { anyBroker, EARLIEST, LATEST, listOffsets, NO_TOPIC_ID, readTopics } from './topology.ts';
import { NO_OFFSET } from './wire/offset-commit.ts';

/**
 * What the runtime must know before anything is fetched: committed offsets with their metadata (kafkajs reads offsets
 * itself and drops the metadata), each log's range, and topic ids.
 */
export async function readAssignment(
  cluster: Cluster,
  brokers: HookedBrokers,
  groupId: string,
  membership: Membership,
  held: readonly HeldPartition[],
): Promise<readonly AssignedPartition[]> {
  if (held.length === 0) return [];
  const topics = [...Map.groupBy(held, ({ topic }) => topic)].map(([topic, same]) => ({
    topic,
    partitions: same.map(({ partition }) => ({ partition })),
  }));
  const ids = await readTopics(
    await anyBroker(cluster),
    topics.map(({ topic }) => topic),
  );
  const [committed, earliest, latest] = await Promise.all([
    brokers.offsetFetch(membership.coordinator, { groupId, topics }),
    listOffsets(cluster, held, EARLIEST),
    listOffsets(cluster, held, LATEST),
  ]);
  const stored = new Map(
    committed.responses.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => [`${topic}/${partition.partition}`, partition] as const),
    ),
  );
  const idOf = new Map(ids.map(({ topic, topicId }) => [topic, topicId === NO_TOPIC_ID ? null : topicId]));
  const [startOf, endOf] = [earliest, latest].map(
    (listed) => new Map(listed.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset ?? 0])),
  );
  return held.map((partition) => {
    const key = `${partition.topic}/${partition.partition}` as const;
    const offset = Number(stored.get(key)?.offset ?? NO_OFFSET);
    return {
      ...toEpoch(partition),
      logStartOffset: startOf?.get(key) ?? 0,
      logEndOffset: endOf?.get(key) ?? 0,
      committedOffset: offset === NO_OFFSET ? null : offset,
      // Kafka answers an empty string where a commit had none.
      committedMetadata: offset === NO_OFFSET ? null : stored.get(key)?.metadata || null,
      topicId: idOf.get(partition.topic) ?? null,
    };
  });
}
