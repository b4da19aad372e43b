/** A topic, or one partition of it. */
export interface PartitionSelection {
  readonly topic: string;
  /** Default: all of them, those to come included. */
  readonly partition?: number;
}

interface PausedTopic {
  isWhole: boolean;
  /** Partitions for which the opposite holds. */
  readonly exceptions: Set<number>;
}

/** What somebody paused by hand. It holds for this consumer, not for the group, and as long as the process lives, whoever holds the partitions meanwhile. */
export class PausedByHand {
  readonly #topics = new Map<string, PausedTopic>();

  has(topic: string, partition: number): boolean {
    const paused = this.#topics.get(topic);
    return paused !== undefined && paused.isWhole !== paused.exceptions.has(partition);
  }

  set({ topic, partition }: PartitionSelection, isPaused: boolean): void {
    const paused = this.#topics.get(topic) ?? { isWhole: false, exceptions: new Set<number>() };
    this.#topics.set(topic, paused);
    if (partition === undefined) {
      paused.isWhole = isPaused;
      paused.exceptions.clear();
    } else if (paused.isWhole === isPaused) paused.exceptions.delete(partition);
    else paused.exceptions.add(partition);
  }
}
