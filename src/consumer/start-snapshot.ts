import type { TransportAdmin } from '../admin.ts';
import type { TopicPartition } from '../transport.ts';

/** Log ends before this member joined, of partitions whose topic the group had never committed anything of. */
export type StartSnapshot = ReadonlyMap<string, number>;

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
  const snapshot = new Map<string, number>();
  for (const logEnd of logEnds) {
    if (logEnd.offset !== null && !started.has(logEnd.topic)) snapshot.set(snapshotKey(logEnd), logEnd.offset);
  }
  return snapshot;
}
