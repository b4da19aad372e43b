import type { OffsetRange } from '../../transport.ts';
import type { HeldPartition } from './held-partitions.ts';
import { toEpoch } from './held-partitions.ts';
import type { Cluster } from './kafkajs-internals.ts';
import { EARLIEST, LATEST, listOffsets } from './topology.ts';

/** Log start and end as the leader has them now: an answer that is out of range tells neither. */
export async function readRange(cluster: Cluster, held: HeldPartition): Promise<OffsetRange> {
  const [start, end] = await Promise.all([listOffsets(cluster, [held], EARLIEST), listOffsets(cluster, [held], LATEST)]);
  return { ...toEpoch(held), logStartOffset: start[0]?.offset ?? 0, logEndOffset: end[0]?.offset ?? 0 };
}
