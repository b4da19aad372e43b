import { KafkaError } from '../../src/errors.ts';
import type { TopicPartition, TransportConsumerOptions } from '../../src/transport.ts';
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP } from '../broker/protocol-data.ts';
import type { NodeId } from '../broker/protocol.ts';
import { placeName } from './client.ts';
import type { Client } from './client.ts';

/** What must be known of a partition before it can start. */
export interface PartitionStanding extends TopicPartition {
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  readonly committedOffset: number | null;
  readonly committedMetadata: string | null;
  readonly topicId: string | null;
}

export interface LogRange {
  readonly logStartOffset: number;
  readonly logEndOffset: number;
}

/** Asks coordinator and leaders; leaders are those that the metadata names. Rejects with a `KafkaError` that may pass. */
export async function readStandings(
  client: Client,
  options: TransportConsumerOptions,
  coordinator: NodeId,
  partitions: readonly TopicPartition[],
): Promise<readonly PartitionStanding[]> {
  if (partitions.length === 0) return [];
  await client.ensureKnown([...new Set(partitions.map(({ topic }) => topic))], options.requestTimeoutMs);
  const [committed, ranges] = await Promise.all([
    readCommitted(client, options, coordinator, partitions),
    readRanges(client, options, partitions),
  ]);
  return partitions.map((place) => {
    const { topic, partition } = place;
    const stored = committed.get(placeName(place)) ?? { committedOffset: null, committedMetadata: null };
    return { topic, partition, topicId: client.topicId(topic), ...(ranges.get(placeName(place)) as LogRange), ...stored };
  });
}

async function readCommitted(
  client: Client,
  options: TransportConsumerOptions,
  coordinator: NodeId,
  partitions: readonly TopicPartition[],
) {
  const { groupId, requestTimeoutMs } = options;
  const places = partitions.map(({ topic, partition }) => ({ topic, partition }));
  const response = await client.request('lookup', coordinator, { api: 'OffsetFetch', groupId, partitions: places }, requestTimeoutMs);
  const failed =
    response.errorCode === 'NONE' ? response.partitions.find(({ errorCode }) => errorCode !== 'NONE')?.errorCode : response.errorCode;
  if (failed !== undefined) throw new KafkaError('CONSUMER_FAILED', `OffsetFetch of group ${groupId}: ${failed}`, { kafkaCode: failed });
  return new Map(
    response.partitions.map((each) => [
      placeName(each),
      each.committedOffset === -1
        ? { committedOffset: null, committedMetadata: null }
        : { committedOffset: each.committedOffset, committedMetadata: each.metadata },
    ]),
  );
}

/** Log start and log end by partition. */
export async function readRanges(
  client: Client,
  { isolationLevel, requestTimeoutMs }: Pick<TransportConsumerOptions, 'isolationLevel' | 'requestTimeoutMs'>,
  partitions: readonly TopicPartition[],
): Promise<ReadonlyMap<string, LogRange>> {
  const ranges = new Map<string, LogRange>();
  const byLeader = Map.groupBy(partitions, (place) => client.leaderOf(place) ?? (client.nodeIds[0] as NodeId));
  await Promise.all(
    [...byLeader].map(async ([leader, places]) => {
      const list = async (timestamp: number) => {
        const asked = places.map(({ topic, partition }) => ({ topic, partition, timestamp }));
        const response = await client.request(
          'lookup',
          leader,
          { api: 'ListOffsets', isolationLevel, partitions: asked },
          requestTimeoutMs,
        );
        const failed = response.partitions.find(({ errorCode }) => errorCode !== 'NONE');
        if (failed === undefined) return response.partitions;
        throw new KafkaError('CONSUMER_FAILED', `ListOffsets of ${placeName(failed)}: ${failed.errorCode}`, {
          kafkaCode: failed.errorCode,
        });
      };
      const [starts, ends] = await Promise.all([list(EARLIEST_TIMESTAMP), list(LATEST_TIMESTAMP)]);
      for (const [index, place] of places.entries()) {
        ranges.set(placeName(place), { logStartOffset: starts[index]?.offset ?? 0, logEndOffset: ends[index]?.offset ?? 0 });
      }
    }),
  );
  return ranges;
}
