/** Requests that change topics. Any broker takes them, as KRaft brokers forward to the controller. */
import type { BrokerErrorCode } from './error-code.ts';

export interface CreateTopicsRequest {
  readonly topics: readonly {
    readonly name: string;
    /** −1: the default (1), and needed when `assignments` is given. */
    readonly numPartitions: number;
    /** −1: the default (1), and needed when `assignments` is given. */
    readonly replicationFactor: number;
    /** Broker ids per partition, from partition 0; the first is the leader. Null: spread over the brokers. */
    readonly assignments: readonly (readonly number[])[] | null;
    readonly configs: Readonly<Record<string, string>>;
  }[];
}
export interface CreateTopicsResponse {
  readonly topics: readonly {
    readonly name: string;
    readonly topicId: string | null;
    readonly errorCode: BrokerErrorCode;
    readonly errorMessage: string | null;
  }[];
}

export interface DeleteTopicsRequest {
  readonly topics: readonly string[];
}
export interface DeleteTopicsResponse {
  readonly topics: readonly { readonly name: string; readonly topicId: string | null; readonly errorCode: BrokerErrorCode }[];
}

export interface CreatePartitionsRequest {
  readonly topics: readonly {
    readonly name: string;
    /** The new total. */
    readonly count: number;
    /** For the added partitions only; null: spread. */
    readonly assignments: readonly (readonly number[])[] | null;
  }[];
}
export interface CreatePartitionsResponse {
  readonly results: readonly { readonly name: string; readonly errorCode: BrokerErrorCode; readonly errorMessage: string | null }[];
}

export interface DeleteRecordsRequest {
  readonly partitions: readonly {
    readonly topic: string;
    readonly partition: number;
    /** Records below are gone; −1: up to the high watermark. */
    readonly offset: number;
  }[];
}
export interface DeleteRecordsResponse {
  readonly partitions: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly errorCode: BrokerErrorCode;
    /** The log start afterwards; −1 with an error. */
    readonly lowWatermark: number;
  }[];
}

export interface DescribeConfigsRequest {
  readonly topics: readonly {
    readonly name: string;
    /** Null: all. */
    readonly configNames: readonly string[] | null;
  }[];
}
export interface DescribeConfigsResponse {
  readonly topics: readonly {
    readonly name: string;
    readonly errorCode: BrokerErrorCode;
    readonly errorMessage: string | null;
    /** By name. Names that are no setting of topics are left out. */
    readonly configs: readonly { readonly name: string; readonly value: string }[];
  }[];
}
