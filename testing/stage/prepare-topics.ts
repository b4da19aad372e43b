import type { NewTopic } from '../../src/admin.ts';
import type { Venue } from '../venue.ts';

/**
 * Makes what does not exist. Where a topic exists already (on a real Kafka), the group starts at its end: the records in
 * it are not the rehearsal's.
 */
export async function prepareTopics(venue: Venue, groupId: string, consumed: readonly string[], given: readonly NewTopic[]): Promise<void> {
  const named = new Set(given.map(({ name }) => name));
  const wanted = [...given, ...consumed.filter((topic) => !named.has(topic)).map((name) => ({ name, partitions: 1 }))];
  const existing = new Set((await venue.admin.describeTopics()).map(({ name }) => name));
  const missing = wanted.filter(({ name }) => !existing.has(name));
  if (missing.length > 0) await venue.admin.createTopics(missing);
  const old = consumed.filter((topic) => existing.has(topic));
  if (old.length === 0) return;
  const places = await venue.admin.committedOffsets(groupId, old);
  const ends = await venue.admin.listOffsets(
    places.filter(({ offset }) => offset === null),
    'latest',
  );
  const starts = ends.flatMap(({ topic, partition, offset }) => (offset === null || offset === 0 ? [] : [{ topic, partition, offset }]));
  if (starts.length > 0) await venue.admin.setCommittedOffsets(groupId, starts);
}
