/** Committed offsets of one group. Source: org.apache.kafka.coordinator.group.OffsetMetadataManager. */
export interface StoredOffset {
  readonly offset: number;
  readonly leaderEpoch: number;
  readonly metadata: string;
  readonly commitTimestampMs: number;
}

export class GroupOffsets {
  readonly #byTopic = new Map<string, Map<number, StoredOffset>>();

  get isEmpty(): boolean {
    return this.#byTopic.size === 0;
  }

  get(topic: string, partition: number): StoredOffset | null {
    return this.#byTopic.get(topic)?.get(partition) ?? null;
  }

  set(topic: string, partition: number, offset: StoredOffset): void {
    const partitions = this.#byTopic.get(topic) ?? new Map<number, StoredOffset>();
    this.#byTopic.set(topic, partitions);
    partitions.set(partition, offset);
  }

  delete(topic: string, partition: number): void {
    const partitions = this.#byTopic.get(topic);
    partitions?.delete(partition);
    if (partitions?.size === 0) this.#byTopic.delete(topic);
  }

  deleteTopic(topic: string): void {
    this.#byTopic.delete(topic);
  }

  *entries(): Generator<{ readonly topic: string; readonly partition: number; readonly stored: StoredOffset }> {
    for (const [topic, partitions] of this.#byTopic) for (const [partition, stored] of partitions) yield { topic, partition, stored };
  }
}
