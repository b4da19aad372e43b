/**
 * The broker core's protocol: Kafka's requests and responses as typed values instead of bytes. Field names are Kafka's,
 * with two simplifications: topics are not nested (each partition names its topic), and versions are not modelled: a
 * request means what the newest classic version means; where an older one differs, the request has a field for it.
 * Error codes are Kafka's names. Source: clients/src/main/resources/common/message of Apache Kafka 4.2.
 */
import type {
  FetchRequest,
  FetchResponse,
  InitProducerIdRequest,
  InitProducerIdResponse,
  ListOffsetsRequest,
  ListOffsetsResponse,
  MetadataRequest,
  MetadataResponse,
  ProduceRequest,
  ProduceResponse,
} from './protocol-data.ts';
import type {
  DeleteGroupsRequest,
  DeleteGroupsResponse,
  DescribeGroupsRequest,
  DescribeGroupsResponse,
  FindCoordinatorRequest,
  FindCoordinatorResponse,
  HeartbeatRequest,
  HeartbeatResponse,
  JoinGroupRequest,
  JoinGroupResponse,
  LeaveGroupRequest,
  LeaveGroupResponse,
  SyncGroupRequest,
  SyncGroupResponse,
} from './protocol-group.ts';
import type { OffsetCommitRequest, OffsetCommitResponse, OffsetFetchRequest, OffsetFetchResponse } from './protocol-offsets.ts';
import type {
  CreatePartitionsRequest,
  CreatePartitionsResponse,
  CreateTopicsRequest,
  CreateTopicsResponse,
  DeleteRecordsRequest,
  DeleteRecordsResponse,
  DeleteTopicsRequest,
  DeleteTopicsResponse,
  DescribeConfigsRequest,
  DescribeConfigsResponse,
} from './protocol-topics.ts';

/** A broker's id, from 1. */
export type NodeId = number;

/** Names one connection to one broker; chosen by the driver, never used again after `disconnect`. */
export type ConnectionId = string;

/** In every request. */
export interface RequestHeader {
  /** Comes back in the reply. Unique among the open requests of its connection; the driver's business. */
  readonly correlationId: number;
  readonly clientId: string;
}

/** Request and response body of each request kind. */
export interface Apis {
  readonly Produce: { readonly request: ProduceRequest; readonly response: ProduceResponse };
  readonly InitProducerId: { readonly request: InitProducerIdRequest; readonly response: InitProducerIdResponse };
  readonly Fetch: { readonly request: FetchRequest; readonly response: FetchResponse };
  readonly ListOffsets: { readonly request: ListOffsetsRequest; readonly response: ListOffsetsResponse };
  readonly Metadata: { readonly request: MetadataRequest; readonly response: MetadataResponse };
  readonly FindCoordinator: { readonly request: FindCoordinatorRequest; readonly response: FindCoordinatorResponse };
  readonly JoinGroup: { readonly request: JoinGroupRequest; readonly response: JoinGroupResponse };
  readonly SyncGroup: { readonly request: SyncGroupRequest; readonly response: SyncGroupResponse };
  readonly Heartbeat: { readonly request: HeartbeatRequest; readonly response: HeartbeatResponse };
  readonly LeaveGroup: { readonly request: LeaveGroupRequest; readonly response: LeaveGroupResponse };
  readonly DescribeGroups: { readonly request: DescribeGroupsRequest; readonly response: DescribeGroupsResponse };
  readonly DeleteGroups: { readonly request: DeleteGroupsRequest; readonly response: DeleteGroupsResponse };
  readonly OffsetCommit: { readonly request: OffsetCommitRequest; readonly response: OffsetCommitResponse };
  readonly OffsetFetch: { readonly request: OffsetFetchRequest; readonly response: OffsetFetchResponse };
  readonly CreateTopics: { readonly request: CreateTopicsRequest; readonly response: CreateTopicsResponse };
  readonly DeleteTopics: { readonly request: DeleteTopicsRequest; readonly response: DeleteTopicsResponse };
  readonly CreatePartitions: { readonly request: CreatePartitionsRequest; readonly response: CreatePartitionsResponse };
  readonly DescribeConfigs: { readonly request: DescribeConfigsRequest; readonly response: DescribeConfigsResponse };
  readonly DeleteRecords: { readonly request: DeleteRecordsRequest; readonly response: DeleteRecordsResponse };
}

export type Api = keyof Apis;

/** What a client sends of one kind, or of any. */
export type Request<A extends Api = Api> = { readonly [K in A]: RequestHeader & { readonly api: K } & Apis[K]['request'] }[A];

/** What a broker answers to one kind, or to any. */
export type Response<A extends Api = Api> = { readonly [K in A]: { readonly api: K } & Apis[K]['response'] }[A];

/** One answer, addressed. */
export interface Reply {
  readonly nodeId: NodeId;
  readonly connection: ConnectionId;
  readonly correlationId: number;
  readonly response: Response;
}
