import type { Membership } from './held-partitions.ts';
import type { Broker } from './kafkajs-internals.ts';
import { leaveGroupRequest } from './wire/leave-group.ts';
import { sendBeside, sendRequest } from './wire/send-request.ts';

/** A JoinGroup or SyncGroup on its way. */
interface Join {
  readonly coordinator: Broker;
  /** Null when it ended before the coordinator had given one. */
  readonly memberId: PromiseWithResolvers<string | null>;
}

/**
 * Leaves the group, whatever is under way. A coordinator answers JoinGroup and SyncGroup when the whole group is ready, and
 * reads nothing more of that connection before: kafkajs would wait for it, or go without a word, and the group would wait
 * for the dead member until its session is over. So then LeaveGroup goes by the other connection; the coordinator also takes
 * it from who has been given a member id and has not joined with it yet.
 */
export class GroupExit {
  #join: Join | null = null;
  #leftAs: string | null = null;

  /** `memberId`: empty where the coordinator is to give one. */
  async watchJoin<Answer>(coordinator: Broker, memberId: string, ask: () => Promise<Answer>): Promise<Answer> {
    const join: Join = { coordinator, memberId: Promise.withResolvers() };
    this.#join = join;
    if (memberId !== '') join.memberId.resolve(memberId);
    try {
      return await ask();
    } finally {
      join.memberId.resolve(null);
      if (this.#join === join) this.#join = null;
    }
  }

  /** The coordinator has given the join that is under way a member id. */
  identified(memberId: string): void {
    this.#join?.memberId.resolve(memberId);
  }

  /** `membership`: asked for when no join is under way. Rejects where the coordinator cannot be told. */
  async leave(groupId: string, membership: () => Membership | null): Promise<void> {
    const join = this.#join;
    const joiningAs = join === null ? null : await join.memberId.promise;
    if (join !== null && joiningAs !== null) {
      await sendBeside(join.coordinator, this.#request(groupId, joiningAs));
      return;
    }
    const member = membership();
    if (member !== null) await sendRequest(member.coordinator, this.#request(groupId, member.memberId));
  }

  hasLeft(memberId: string): boolean {
    return this.#leftAs === memberId;
  }

  #request(groupId: string, memberId: string): ReturnType<typeof leaveGroupRequest> {
    this.#leftAs = memberId;
    return leaveGroupRequest(groupId, memberId);
  }
}
