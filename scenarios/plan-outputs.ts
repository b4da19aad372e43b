import type { NewTopic } from '../src/admin.ts';
import type { WrittenPartition } from '../testing/checker/history.ts';
import type { Venue } from '../testing/venue.ts';
import { contentOf, isPointer, messageOf } from '../testing/witness/message-of.ts';

/** The topics that a subject itself writes to: made before the run, and read by an independent client after it. */
export class PlanOutputs {
  readonly topics: readonly NewTopic[];

  constructor(outputs: readonly NewTopic[], ownTopic: (name: string) => string) {
    this.topics = outputs.map((topic) => ({ ...topic, name: ownTopic(topic.name) }));
  }

  get names(): readonly string[] {
    return this.topics.map(({ name }) => name);
  }

  async read(venue: Venue): Promise<readonly WrittenPartition[]> {
    const written: WrittenPartition[] = [];
    for (const { name, partitions } of this.topics) {
      const places = Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition }));
      const starts = await venue.admin.listOffsets(places, 'earliest');
      const records = await venue.readRecords(name);
      for (const { topic, partition, offset } of starts) {
        const messages = records
          .filter((record) => record.partition === partition)
          .map((record) => ({
            offset: record.offset,
            message: messageOf(record),
            content: contentOf(record),
            ...(isPointer(record) ? { pointer: true as const } : {}),
          }));
        written.push({ topic, partition, messages, logStartOffset: offset ?? 0 });
      }
    }
    return written;
  }
}
