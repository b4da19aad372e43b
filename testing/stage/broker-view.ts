import type { KafkaRecord } from '../../src/record.ts';
import { MemoryVenue } from '../memory/memory-venue.ts';
import type { Venue } from '../venue.ts';

/** What the broker stores, readable at once. On real Kafka: as it was at the last `refresh`. */
export interface BrokerView {
  committedOffset(groupId: string, topic: string, partition: number): number | null;
  records(topic: string): readonly KafkaRecord[];
  refresh(): Promise<void>;
}

export function brokerView(venue: Venue, groupId: string, topics: readonly string[]): BrokerView {
  return venue instanceof MemoryVenue ? directView(venue) : snapshotView(venue, groupId, topics);
}

function directView(venue: MemoryVenue): BrokerView {
  return {
    committedOffset: (groupId, topic, partition) => venue.committedOffset(groupId, topic, partition),
    records: (topic) => venue.records(topic),
    refresh: () => Promise.resolve(),
  };
}

function snapshotView(venue: Venue, groupId: string, topics: readonly string[]): BrokerView {
  const committed = new Map<string, number | null>();
  const records = new Map<string, readonly KafkaRecord[]>();
  return {
    committedOffset: (_groupId, topic, partition) => committed.get(`${topic}/${partition}`) ?? null,
    records: (topic) => records.get(topic) ?? [],
    async refresh() {
      for (const { topic, partition, offset } of await venue.admin.committedOffsets(groupId, topics))
        committed.set(`${topic}/${partition}`, offset);
      for (const topic of topics) records.set(topic, await venue.readRecords(topic));
    },
  };
}
