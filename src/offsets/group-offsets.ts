import type { GroupDescription, TransportAdmin } from '../admin.ts';
import { KafkaError } from '../errors.ts';
import type { TopicPartition } from '../transport.ts';

/** Where a group stands in one partition, and where the partition's log begins and ends. */
export interface GroupPartitionOffset extends TopicPartition {
  /** As the coordinator stores it; null where there is none. Below 0 as stored: it counts as none. */
  readonly committed: number | null;
  /** What the commit carries besides; a runtime of this package keeps there which records above the offset are done. */
  readonly metadata: string | null;
  readonly logStartOffset: number;
  /** Where read_committed stops reading: the log end, or the first record of the oldest open transaction. */
  readonly lastStableOffset: number;
  readonly logEndOffset: number;
  /** Offsets from the committed one to the last stable one that are still in the log; at most so many records. Null without a commit. */
  readonly lag: number | null;
}

/** A group with all that it has committed. */
export interface GroupOffsets {
  readonly groupId: string;
  readonly state: GroupDescription['state'];
  readonly members: GroupDescription['members'];
  /** By topic, then by number. */
  readonly partitions: readonly GroupPartitionOffset[];
}

/**
 * Where a group stands: in all partitions of `topics`, or where none are named in those that it has an offset for. Rejects
 * with UNKNOWN_TOPIC, and with CONFIG_INVALID for an empty group id.
 */
export async function readGroupOffsets(
  admin: TransportAdmin,
  { groupId, topics }: { readonly groupId: string; readonly topics?: readonly string[] },
): Promise<GroupOffsets> {
  if (groupId === '') throw new KafkaError('CONFIG_INVALID', 'The group id is empty, expected the name of a consumer group.');
  const names = topics ?? (await admin.describeTopics()).map(({ name }) => name);
  // The log's bounds last: a commit that was read before cannot be above the log end read after it, unless the log was replaced.
  const [group, stored] = await Promise.all([
    admin.describeGroup(groupId),
    names.length === 0 ? [] : admin.committedOffsets(groupId, names),
  ]);
  const shown = stored.filter(({ offset }) => topics !== undefined || offset !== null).toSorted(byPlace);
  const places = shown.map(({ topic, partition }) => ({ topic, partition }));
  const [starts, stable, ends] = places.length === 0 ? [[], [], []] : await readLog(admin, places);
  const partitions = shown.map(({ topic, partition, offset, metadata }, index) => {
    const [logStartOffset, lastStableOffset, logEndOffset] = [starts, stable, ends].map((listed) => listed[index]?.offset ?? 0) as [
      number,
      number,
      number,
    ];
    const lag = offset === null || offset < 0 ? null : Math.max(0, lastStableOffset - Math.max(offset, logStartOffset));
    return {
      topic,
      partition,
      committed: offset,
      metadata: metadata === '' ? null : metadata,
      logStartOffset,
      lastStableOffset,
      logEndOffset,
      lag,
    };
  });
  return { groupId, state: group.state, members: group.members, partitions };
}

type Listed = Awaited<ReturnType<TransportAdmin['listOffsets']>>;

function readLog(admin: TransportAdmin, places: readonly TopicPartition[]): Promise<[Listed, Listed, Listed]> {
  return Promise.all([
    admin.listOffsets(places, 'earliest'),
    admin.listOffsets(places, 'last-stable'),
    admin.listOffsets(places, 'latest'),
  ]);
}

function byPlace(a: TopicPartition, b: TopicPartition): number {
  return a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition;
}
