/** One member of a group. Source: org.apache.kafka.coordinator.group.classic.ClassicGroupMember. */
import type { JoinGroupRequest, JoinGroupResponse, SyncGroupResponse } from './protocol-group.ts';
import type { Timer } from './timer-queue.ts';

export type MemberProtocols = JoinGroupRequest['protocols'];

export interface GroupMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly protocolType: string;
  rebalanceTimeoutMs: number;
  sessionTimeoutMs: number;
  protocols: MemberProtocols;
  assignment: Uint8Array;
  /** Has not had an answer to its first JoinGroup: its session may end although it waits for that answer. */
  isNew: boolean;
  /** Answers its parked JoinGroup. */
  awaitingJoin: ((response: JoinGroupResponse) => void) | null;
  /** Answers its parked SyncGroup. */
  awaitingSync: ((response: SyncGroupResponse) => void) | null;
  sessionTimer: Timer | null;
}

export const NO_BYTES: Uint8Array = new Uint8Array(0);

export function memberMetadata(member: GroupMember, protocolName: string | null): Uint8Array {
  return member.protocols.find(({ name }) => name === protocolName)?.metadata ?? NO_BYTES;
}

/** Same protocols, in the same order, with the same bytes. */
export function matchesProtocols(member: GroupMember, protocols: MemberProtocols): boolean {
  return (
    member.protocols.length === protocols.length &&
    member.protocols.every((protocol, index) => {
      const other = protocols[index];
      return other !== undefined && protocol.name === other.name && sameBytes(protocol.metadata, other.metadata);
    })
  );
}

/** Members that wait for the group do not expire, save new ones. */
export function hasSatisfiedHeartbeat(member: GroupMember): boolean {
  return !member.isNew && (member.awaitingJoin !== null || member.awaitingSync !== null);
}

export function completeJoin(member: GroupMember, response: JoinGroupResponse): void {
  const respond = member.awaitingJoin;
  member.awaitingJoin = null;
  respond?.(response);
}

/** Whether it waited. */
export function completeSync(member: GroupMember, response: SyncGroupResponse): boolean {
  const respond = member.awaitingSync;
  member.awaitingSync = null;
  respond?.(response);
  return respond !== null;
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
