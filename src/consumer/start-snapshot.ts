import type { TransportAdmin } from '../admin.ts';
import type { TopicPartition } from '../transport.ts';

/** Where a log ended before this member joined, and which log it was. */
export interface FirstStart {
  readonly logEnd: number;
  readonly topicId: string | null;
}

/** Of partitions whose topic the group had never committed anything of. */
export type StartSnapshot = ReadonlyMap<string, FirstStart>;

export const EMPTY_SNAPSHOT: StartSnapshot = new Map();

export function snapshotKey({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

/**
 * Taken before joining, so that nothing produced between start and assignment is lost under `latest`. A topic of which the
 * group has any offset stored, be it a negative one, is past its first start.
 */
export async function takeStartSnapshot(admin: TransportAdmin, groupId: string, topics: readonly string[]): Promise<StartSnapshot> {
  const described = await admin.describeTopics(topics);
  const partitions = described.flatMap(({ name, partitions: list }) => list.map(({ partition }) => ({ topic: name, partition })));
  const logEnds = await admin.listOffsets(partitions, 'latest');
  const committed = await admin.committedOffsets(groupId, topics);
  const started = new Set(committed.filter(({ offset }) => offset !== null).map(({ topic }) => topic));
  const topicIds = new Map(described.map(({ name, topicId }) => [name, topicId]));
  const snapshot = new Map<string, FirstStart>();
  for (const logEnd of logEnds) {
    if (logEnd.offset === null || started.has(logEnd.topic)) continue;
    snapshot.set(snapshotKey(logEnd), { logEnd: logEnd.offset, topicId: topicIds.get(logEnd.topic) ?? null });
  }
  return snapshot;
}
