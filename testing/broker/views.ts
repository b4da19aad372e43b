/** What witnesses may see of a cluster: read-only, from outside the protocol. */
import type { KafkaRecord } from '../../src/record.ts';
import type { GroupState } from './group-state.ts';
import type { RecordBatch } from './record-batch.ts';

export interface LogView {
  readonly topicId: string;
  readonly leader: number;
  readonly logStartOffset: number;
  /** Equals the log end: replication is not modelled. */
  readonly highWatermark: number;
  readonly logEndOffset: number;
  /** Batches from the one that holds `fromOffset` (default: log start) on. */
  batches(fromOffset?: number): Iterable<RecordBatch>;
  /** Records at or above `fromOffset` (default: log start). */
  records(fromOffset?: number): Iterable<KafkaRecord>;
}

export interface CommittedOffsetView {
  readonly offset: number;
  readonly metadata: string;
  readonly leaderEpoch: number;
  /** When it was stored (ms, the broker's time). */
  readonly commitTimestampMs: number;
}

export interface GroupView {
  readonly groupId: string;
  readonly state: GroupState;
  readonly generationId: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly leader: string | null;
  readonly members: readonly GroupMemberView[];
}

export interface GroupMemberView {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  /** Null when the metadata is no consumer subscription. */
  readonly subscribedTopics: readonly string[] | null;
  readonly assignment: Uint8Array;
}
