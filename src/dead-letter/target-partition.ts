import { partitionForKey } from '../producer/murmur2.ts';
import type { KafkaRecord } from '../record.ts';

/**
 * The partition of a dead letter: the record's own number where the target has as many; else by key, as the producer chooses
 * it; without a key by the number again, so that a partition's letters stay together.
 */
export function targetPartition({ partition, key }: KafkaRecord, partitions: number): number {
  if (partition < partitions) return partition;
  return key === null ? partition % partitions : partitionForKey(key, partitions);
}
