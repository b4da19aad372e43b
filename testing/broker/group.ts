/**
 * A classic group: who is in it, in which state and generation. Time and replies are the business of `group-rebalance.ts`.
 * Source: org.apache.kafka.coordinator.group.classic.ClassicGroup.
 * Not modelled: consumer groups of KIP-848, share groups, streams groups.
 */
import { CONSUMER_PROTOCOL_TYPE, decodeSubscription } from './consumer-protocol.ts';
import type { BrokerErrorCode } from './error-code.ts';
import type { GroupMember, MemberProtocols } from './group-member.ts';
import { completeJoin, completeSync, memberMetadata, NO_BYTES } from './group-member.ts';
import { GroupOffsets } from './group-offsets.ts';
import type { GroupState } from './group-state.ts';
import { selectProtocol, supportsAny } from './protocol-selection.ts';
import type { JoinGroupResponse } from './protocol-group.ts';
import type { Timer } from './timer-queue.ts';

/** A generation whose assignments are settled. */
interface StoredGeneration {
  readonly generationId: number;
  readonly protocolName: string | null;
  readonly leader: string | null;
  readonly members: readonly GroupMember[];
}

export class Group {
  readonly groupId: string;
  readonly offsets: GroupOffsets = new GroupOffsets();
  /** In the order in which they joined. */
  readonly members: Map<string, GroupMember> = new Map();
  /** Member ids that were handed out with MEMBER_ID_REQUIRED and not used yet, until their timer runs. */
  readonly pendingJoins: Map<string, Timer> = new Map();
  /** Members of this generation that have not sent SyncGroup. */
  readonly pendingSyncs: Set<string> = new Set();
  /** A member joined during the delay of the initial rebalance. */
  newMemberAdded = false;
  joinTimer: Timer | null = null;
  syncTimer: Timer | null = null;
  offsetsTimer: Timer | null = null;
  readonly #staticMembers = new Map<string, string>();
  #stored: StoredGeneration | null = null;
  #state: GroupState = 'Empty';
  #previousState: GroupState = 'Empty';
  #stateSinceMs: number;
  #generationId = 0;
  #protocolType: string | null = null;
  #protocolName: string | null = null;
  #leader: string | null = null;
  #subscribedTopics: ReadonlySet<string> | null = null;

  constructor(groupId: string, nowMs: number) {
    this.groupId = groupId;
    this.#stateSinceMs = nowMs;
  }

  get state(): GroupState {
    return this.#state;
  }
  get previousState(): GroupState {
    return this.#previousState;
  }
  get stateSinceMs(): number {
    return this.#stateSinceMs;
  }
  get generationId(): number {
    return this.#generationId;
  }
  /** Null for a group that never had a member: one that only stores offsets. */
  get protocolType(): string | null {
    return this.#protocolType;
  }
  get protocolName(): string | null {
    return this.#protocolName;
  }
  get leader(): string | null {
    return this.#leader;
  }
  /** Null when not known: no consumer protocol, no generation yet, or metadata that is no subscription. */
  get subscribedTopics(): ReadonlySet<string> | null {
    return this.#subscribedTopics;
  }
  get rebalanceTimeoutMs(): number {
    let longest = 0;
    for (const member of this.members.values()) longest = Math.max(longest, member.rebalanceTimeoutMs);
    return longest;
  }
  get awaitingJoinCount(): number {
    let count = 0;
    for (const member of this.members.values()) if (member.awaitingJoin !== null) count += 1;
    return count;
  }
  get hasAllMembersJoined(): boolean {
    return this.awaitingJoinCount === this.members.size && this.pendingJoins.size === 0;
  }

  transitionTo(state: GroupState, nowMs: number): void {
    this.#previousState = this.#state;
    this.#state = state;
    this.#stateSinceMs = nowMs;
    // What Kafka writes to the offsets topic, and a new coordinator reads from there.
    if (state === 'Stable' || state === 'Empty') this.#stored = this.#generation();
  }

  /** The group as a coordinator that has just read it from the offsets topic knows it: its last generation that was settled. */
  restore(nowMs: number): void {
    const stored = this.#stored;
    this.members.clear();
    this.#staticMembers.clear();
    this.pendingSyncs.clear();
    for (const member of stored?.members ?? []) {
      this.members.set(member.memberId, { ...member, isNew: false, awaitingJoin: null, awaitingSync: null, sessionTimer: null });
      if (member.groupInstanceId !== null) this.#staticMembers.set(member.groupInstanceId, member.memberId);
    }
    this.#generationId = stored?.generationId ?? 0;
    this.#protocolName = stored?.protocolName ?? null;
    this.#leader = stored?.leader ?? null;
    this.newMemberAdded = false;
    this.transitionTo(this.members.size === 0 ? 'Empty' : 'Stable', nowMs);
    this.#subscribedTopics = this.#computeSubscribedTopics();
  }

  #generation(): StoredGeneration {
    return {
      generationId: this.#generationId,
      protocolName: this.#protocolName,
      leader: this.#leader,
      members: [...this.members.values()].map((member) => ({ ...member })),
    };
  }

  staticMemberId(groupInstanceId: string): string | null {
    return this.#staticMembers.get(groupInstanceId) ?? null;
  }

  /** Source: ClassicGroup.validateMember. */
  memberProblem(memberId: string, groupInstanceId: string | null): BrokerErrorCode | null {
    if (groupInstanceId !== null) {
      const existing = this.staticMemberId(groupInstanceId);
      if (existing === null) return 'UNKNOWN_MEMBER_ID';
      if (existing !== memberId) return 'FENCED_INSTANCE_ID';
    }
    return this.members.has(memberId) ? null : 'UNKNOWN_MEMBER_ID';
  }

  supportsProtocols(protocolType: string, protocols: MemberProtocols): boolean {
    if (this.#state === 'Empty') return protocolType !== '' && protocols.length > 0;
    return this.#protocolType === protocolType && supportsAny(this.members.values(), protocols);
  }

  add(member: GroupMember): void {
    if (member.groupInstanceId !== null) this.#staticMembers.set(member.groupInstanceId, member.memberId);
    if (this.members.size === 0) this.#protocolType = member.protocolType;
    this.#leader ??= member.memberId;
    this.members.set(member.memberId, member);
  }

  /** Of members and of pending member ids alike; the caller cancels their timers. */
  remove(memberId: string): void {
    const member = this.members.get(memberId);
    this.members.delete(memberId);
    if (member !== undefined && member.groupInstanceId !== null) this.#staticMembers.delete(member.groupInstanceId);
    if (this.#leader === memberId) this.#leader = this.members.keys().next().value ?? null;
    this.pendingJoins.delete(memberId);
    this.pendingSyncs.delete(memberId);
  }

  /** A static member came back under a new id: the old one is fenced at once, its parked requests included (KIP-345). */
  replaceStaticMember(oldMember: GroupMember, newMemberId: string): GroupMember {
    completeJoin(oldMember, joinRefused(oldMember.memberId, 'FENCED_INSTANCE_ID'));
    completeSync(oldMember, { errorCode: 'FENCED_INSTANCE_ID', protocolType: null, protocolName: null, assignment: NO_BYTES });
    const newMember: GroupMember = { ...oldMember, memberId: newMemberId, isNew: false, sessionTimer: null };
    this.members.delete(oldMember.memberId);
    this.members.set(newMemberId, newMember);
    if (this.#leader === oldMember.memberId) this.#leader = newMemberId;
    if (oldMember.groupInstanceId !== null) this.#staticMembers.set(oldMember.groupInstanceId, newMemberId);
    return newMember;
  }

  /** A leader that did not rejoin is replaced by a member that did. False when nobody did. */
  electJoinedLeader(): boolean {
    if (this.#leader === null) return false;
    if (this.members.get(this.#leader)?.awaitingJoin) return true;
    for (const member of this.members.values()) {
      if (member.awaitingJoin !== null) {
        this.#leader = member.memberId;
        return true;
      }
    }
    return false;
  }

  startNextGeneration(nowMs: number): void {
    this.#generationId += 1;
    this.#protocolName = this.members.size === 0 ? null : selectProtocol(this.members.values());
    this.#subscribedTopics = this.#computeSubscribedTopics();
    this.transitionTo(this.members.size === 0 ? 'Empty' : 'CompletingRebalance', nowMs);
    this.pendingSyncs.clear();
  }

  /** What a member is told when the join phase is over; the leader gets everybody's metadata. */
  joinResponse(memberId: string): JoinGroupResponse {
    return {
      errorCode: 'NONE',
      generationId: this.#generationId,
      protocolType: this.#protocolType,
      protocolName: this.#protocolName,
      leader: this.#leader ?? '',
      skipAssignment: false,
      memberId,
      members: memberId === this.#leader ? this.#membersWithMetadata() : [],
    };
  }

  isSubscribedTo(topic: string): boolean {
    return this.#subscribedTopics === null ? this.#protocolType === CONSUMER_PROTOCOL_TYPE : this.#subscribedTopics.has(topic);
  }

  #membersWithMetadata(): JoinGroupResponse['members'] {
    return [...this.members.values()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      metadata: memberMetadata(member, this.#protocolName),
    }));
  }

  #computeSubscribedTopics(): ReadonlySet<string> | null {
    if (this.#protocolType !== CONSUMER_PROTOCOL_TYPE) return null;
    const topics = new Set<string>();
    for (const member of this.members.values()) {
      const subscription = decodeSubscription(memberMetadata(member, this.#protocolName));
      if (subscription === null) return null;
      for (const topic of subscription) topics.add(topic);
    }
    return topics;
  }
}

export function joinRefused(memberId: string, errorCode: BrokerErrorCode): JoinGroupResponse {
  return { errorCode, generationId: -1, protocolType: null, protocolName: null, leader: '', skipAssignment: false, memberId, members: [] };
}
