import type { PartitionEpoch, TopicPartition } from '../../transport.ts';
import type { Broker } from './kafkajs-internals.ts';

/** One membership in the group: a commit carries these three, whatever happened since. */
export interface Membership {
  readonly memberId: string;
  readonly generation: number;
  /** Who coordinates the group, as far as is known here: it may move. */
  coordinator: Broker;
}

/** One partition in one epoch. */
export interface HeldPartition extends PartitionEpoch {
  readonly membership: Membership;
  topicId: string | null;
  /** The offset that the next fetch asks for; null: deliver nothing until `fetchFrom`. */
  position: number | null;
  /** In which leader epoch the record was written that stands before this position; null while nothing was fetched, or nobody knows. */
  lastFetched: { readonly position: number; readonly leaderEpoch: number } | null;
  paused: boolean;
  /** Answers in a row that began with a damaged batch. */
  damagedAnswers: number;
  /** The listener was told of it, and not yet that it goes. */
  announced: boolean;
}

/** The partitions of the current membership. An epoch that is not in here is over. */
export class HeldPartitions {
  readonly #held = new Map<string, HeldPartition>();
  #lastEpoch = 0;

  /** Begins new epochs; there are no others left. */
  begin(partitions: readonly TopicPartition[], membership: Membership): readonly HeldPartition[] {
    this.#held.clear();
    return partitions.map((partition) => this.#add(partition, membership));
  }

  /** The same partitions in later epochs. */
  again(partitions: readonly HeldPartition[]): readonly HeldPartition[] {
    return partitions.map((partition) => this.#add(partition, partition.membership));
  }

  #add({ topic, partition }: TopicPartition, membership: Membership): HeldPartition {
    this.#lastEpoch += 1;
    const held: HeldPartition = {
      topic,
      partition,
      epoch: this.#lastEpoch,
      membership,
      topicId: null,
      position: null,
      paused: false,
      lastFetched: null,
      damagedAnswers: 0,
      announced: false,
    };
    this.#held.set(key(topic, partition), held);
    return held;
  }

  get(topic: string, partition: number): HeldPartition | undefined {
    return this.#held.get(key(topic, partition));
  }

  /** Undefined once the epoch is over. */
  current({ topic, partition, epoch }: PartitionEpoch): HeldPartition | undefined {
    const held = this.get(topic, partition);
    return held?.epoch === epoch ? held : undefined;
  }

  all(): readonly HeldPartition[] {
    return [...this.#held.values()];
  }

  end(partitions: readonly HeldPartition[]): void {
    for (const held of partitions) if (this.current(held) === held) this.#held.delete(key(held.topic, held.partition));
  }
}

export function toEpoch({ topic, partition, epoch }: PartitionEpoch): PartitionEpoch {
  return { topic, partition, epoch };
}

function key(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}
