/** One member's part: partitions by topic. */
export type MemberAssignment = ReadonlyMap<string, readonly number[]>;

export interface GroupSubscription {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly topics: readonly string[];
}

/** Runs in the leader of a group: who gets which partition. Deterministic: the same input gives the same answer. */
export interface Assignor {
  /** As it stands in JoinGroup. */
  readonly name: string;
  /** `partitionCounts`: topics that exist. Every member is in the answer, also with nothing. */
  assign(members: readonly GroupSubscription[], partitionCounts: ReadonlyMap<string, number>): ReadonlyMap<string, MemberAssignment>;
}

/** Kafka's order of members: by instance id where both have one, static ones first, else by member id. */
export function inMemberOrder(members: readonly GroupSubscription[]): readonly GroupSubscription[] {
  return members.toSorted((left, right) => {
    if (left.groupInstanceId !== null && right.groupInstanceId !== null) return compare(left.groupInstanceId, right.groupInstanceId);
    if (left.groupInstanceId !== null) return -1;
    if (right.groupInstanceId !== null) return 1;
    return compare(left.memberId, right.memberId);
  });
}

export function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
