import type { NewTopic } from '../../src/admin.ts';
import { LETTER_OVERHEAD_BYTES } from '../../src/dead-letter/check-dead-letter-targets.ts';
import type { Venue } from '../venue.ts';

/**
 * Makes what does not exist. Where a topic exists already (on a real Kafka), the group starts at its end: the records in
 * it are not the rehearsal's. `deadLetters`: the dead letter topic of each source topic that has one.
 */
export async function prepareTopics(
  venue: Venue,
  groupId: string,
  consumed: readonly string[],
  given: readonly NewTopic[],
  deadLetters: ReadonlyMap<string, string>,
): Promise<void> {
  const named = new Set(given.map(({ name }) => name));
  const wanted = [...given, ...consumed.filter((topic) => !named.has(topic)).map((name) => ({ name, partitions: 1 }))];
  const existing = new Set((await venue.admin.describeTopics()).map(({ name }) => name));
  const missing = wanted.filter(({ name }) => !existing.has(name));
  if (missing.length > 0) await venue.admin.createTopics(missing);
  await prepareDeadLetters(venue, deadLetters);
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

/** As many partitions as the source, and room for its largest record as a letter, as the start of a consumer wants it. */
async function prepareDeadLetters(venue: Venue, deadLetters: ReadonlyMap<string, string>): Promise<void> {
  const existing = new Map((await venue.admin.describeTopics()).map((topic) => [topic.name, topic.partitions.length]));
  const missing = new Set([...deadLetters.values()].filter((name) => !existing.has(name)));
  for (const name of missing) {
    const sources = [...deadLetters].flatMap(([source, target]) => (target === name ? [source] : []));
    const limits = await venue.admin.describeTopicConfigs(sources, ['max.message.bytes']);
    const largest = Math.max(...limits.map(({ configs }) => Number(configs['max.message.bytes'])));
    const partitions = Math.max(...sources.map((source) => existing.get(source) ?? 1));
    await venue.admin.createTopics([{ name, partitions, configs: { 'max.message.bytes': String(largest + LETTER_OVERHEAD_BYTES) } }]);
  }
}
