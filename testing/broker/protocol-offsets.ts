/** Requests about a group's committed offsets. */
import type { BrokerErrorCode } from './error-code.ts';

export interface OffsetCommitRequest {
  readonly groupId: string;
  /** −1 with an empty member id: a commit from outside, taken only while the group is empty. */
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly partitions: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly committedOffset: number;
    /** −1 when not known. */
    readonly committedLeaderEpoch: number;
    readonly metadata: string | null;
  }[];
}
export interface OffsetCommitResponse {
  readonly partitions: readonly { readonly topic: string; readonly partition: number; readonly errorCode: BrokerErrorCode }[];
}

export interface OffsetFetchRequest {
  readonly groupId: string;
  /** Null: everything that is stored. */
  readonly partitions: readonly { readonly topic: string; readonly partition: number }[] | null;
}
export interface OffsetFetchResponse {
  readonly errorCode: BrokerErrorCode;
  readonly partitions: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly errorCode: BrokerErrorCode;
    /** −1 when nothing is stored. */
    readonly committedOffset: number;
    readonly committedLeaderEpoch: number;
    /** As sent; a null is stored as the empty string, as Kafka does. */
    readonly metadata: string;
  }[];
}
