import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import type { ApiRequest } from './send-request.ts';

export interface OffsetToCommit {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly metadata: string | null;
}

export interface CommitMember {
  readonly groupId: string;
  /** −1 with an empty member id: from outside, accepted while the group has no members. */
  readonly generation: number;
  readonly memberId: string;
}

/** What OffsetFetch answers where nothing is stored. Lower ones are stored offsets: kafkajs commits −2 when it runs out of range. */
export const NO_OFFSET = -1;

/** The error code per partition; 0 is stored. */
export type CommitAnswer = ReadonlyMap<string, number>;

export function commitKey(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

/** OffsetCommit (key 8), version 5 (Kafka 2.1). kafkajs throws for the whole answer although the other partitions were stored. */
export function offsetCommitRequest(member: CommitMember, offsets: readonly OffsetToCommit[]): ApiRequest<CommitAnswer> {
  const topics = Map.groupBy(offsets, (offset) => offset.topic);
  const writer = new ByteWriter().string(member.groupId).int32(member.generation).string(member.memberId);
  writer.array([...topics], ([topic, partitions]) => {
    writer.string(topic).array(partitions, ({ partition, offset, metadata }) => writer.int32(partition).int64(offset).string(metadata));
  });
  return { apiKey: 8, apiName: 'OffsetCommit', apiVersion: 5, body: writer.finish(), decode };
}

function decode(payload: Buffer): { throttleTimeMs: number; value: CommitAnswer } {
  const reader = new ByteReader(payload);
  const throttleTimeMs = reader.int32();
  const answer = new Map<string, number>();
  reader.array(() => {
    const topic = reader.string() ?? '';
    reader.array(() => answer.set(commitKey(topic, reader.int32()), reader.int16()));
  });
  return { throttleTimeMs, value: answer };
}
