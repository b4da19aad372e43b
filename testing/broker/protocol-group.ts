/** Requests of the classic group protocol, and about groups. */
import type { BrokerErrorCode } from './error-code.ts';
import type { GroupState } from './group-state.ts';

export interface FindCoordinatorRequest {
  readonly keyType: 'group';
  readonly key: string;
}
export interface FindCoordinatorResponse {
  readonly errorCode: BrokerErrorCode;
  /** −1 with an error. */
  readonly nodeId: number;
}

export interface JoinGroupRequest {
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
  /** How long the others wait for this member to rejoin. */
  readonly rebalanceTimeoutMs: number;
  /** Empty at the first join. */
  readonly memberId: string;
  /** Static membership (KIP-345); null for a dynamic member. */
  readonly groupInstanceId: string | null;
  /** `consumer` for consumers. */
  readonly protocolType: string;
  /** Assignors in the member's order of preference, each with its metadata (a subscription). */
  readonly protocols: readonly { readonly name: string; readonly metadata: Uint8Array }[];
  /** False: as JoinGroup v3 and older, a dynamic member joins at once instead of being sent back with its id. Default true (v4+, KIP-394). */
  readonly requireKnownMemberId?: boolean;
  /** True: as JoinGroup v9+, a static leader that comes back is told `skipAssignment` (KIP-814). Default false. */
  readonly supportsSkippingAssignment?: boolean;
}
export interface JoinGroupResponse {
  readonly errorCode: BrokerErrorCode;
  /** −1 with an error. */
  readonly generationId: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  /** Member id of the leader, who computes the assignment. */
  readonly leader: string;
  readonly skipAssignment: boolean;
  /** Also with MEMBER_ID_REQUIRED: join again with it. */
  readonly memberId: string;
  /** Filled for the leader only; metadata under the chosen protocol. */
  readonly members: readonly { readonly memberId: string; readonly groupInstanceId: string | null; readonly metadata: Uint8Array }[];
}

export interface SyncGroupRequest {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  /** v5+: checked against the group's where given. */
  readonly protocolType?: string | null;
  readonly protocolName?: string | null;
  /** From the leader; empty from everybody else. */
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[];
}
export interface SyncGroupResponse {
  readonly errorCode: BrokerErrorCode;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  /** Empty with an error, and for a member that the leader left out. */
  readonly assignment: Uint8Array;
}

export interface HeartbeatRequest {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}
export interface HeartbeatResponse {
  readonly errorCode: BrokerErrorCode;
}

export interface LeaveGroupRequest {
  readonly groupId: string;
  /** A static member may be named by its instance id alone: empty member id. */
  readonly members: readonly { readonly memberId: string; readonly groupInstanceId: string | null }[];
}
export interface LeaveGroupResponse {
  readonly errorCode: BrokerErrorCode;
  readonly members: readonly { readonly memberId: string; readonly groupInstanceId: string | null; readonly errorCode: BrokerErrorCode }[];
}

export interface DescribeGroupsRequest {
  readonly groups: readonly string[];
}
export interface DescribeGroupsResponse {
  readonly groups: readonly DescribedGroup[];
}
export interface DescribedGroup {
  readonly errorCode: BrokerErrorCode;
  readonly groupId: string;
  /** `Dead` for a group that does not exist. */
  readonly groupState: GroupState;
  readonly protocolType: string;
  /** The chosen assignor; empty unless the group is stable. */
  readonly protocolData: string;
  readonly members: readonly DescribedGroupMember[];
}
export interface DescribedGroupMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  /** Empty unless the group is stable. */
  readonly memberMetadata: Uint8Array;
  /** Of the last generation that got one, while a rebalance goes on. */
  readonly memberAssignment: Uint8Array;
}

export interface DeleteGroupsRequest {
  readonly groups: readonly string[];
}
export interface DeleteGroupsResponse {
  readonly results: readonly { readonly groupId: string; readonly errorCode: BrokerErrorCode }[];
}
