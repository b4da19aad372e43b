import type { Clock } from '../../clock.ts';
import type { HookedBrokers } from './group-hooks.ts';
import { HEARTBEAT, isFenced } from './group-hooks.ts';
import type { HeldPartition, Membership } from './held-partitions.ts';
import type { Broker } from './kafkajs-internals.ts';
import { dropAfterTimeout, isTimeout, kafkaCodeOf } from './kafkajs-internals.ts';
import { within } from './wait.ts';

/** A rebalance is heard of with a heartbeat, which waits its turn between two looks at the brokers, and JoinGroup takes a moment. */
const HEARTBEATS_BEFORE_JOIN = 3;
const LATER = Symbol('later');

export interface RevocationParts {
  readonly clock: Clock;
  readonly options: {
    readonly groupId: string;
    readonly heartbeatIntervalMs: number;
    readonly rebalanceTimeoutMs: number;
    readonly sessionTimeoutMs: number;
  };
  /** kafkajs's own methods: the answer to a late heartbeat of this membership must not end the next one. */
  readonly brokers: () => Pick<HookedBrokers, 'heartbeat'>;
  readonly findCoordinator: () => Promise<Broker>;
  /** The coordinator still knew this member at that time. */
  readonly heard: (sentAt: number) => void;
  /** For how long it has not said so. */
  readonly silentMs: () => number;
}

/** The membership ended within the grace: others have the partitions already. */
export interface Loss {
  /** What the coordinator answered; null where it has been silent for a session. */
  readonly refusal: unknown;
}

/** Partitions whose `revoked` the listener has not finished. */
interface Pending {
  partitions: readonly HeldPartition[];
  readonly endsAt: number;
  /** The listener has finished, or nothing is left that it could finish. */
  readonly ended: PromiseWithResolvers<null>;
}

/**
 * Partitions that the group calls back: the listener finishes what runs while the member keeps its membership, so that the
 * last commits are taken; then it joins. The group waits for its members as long as the rebalance time-out. kafkajs sends no
 * heartbeat on its way into a join, so they are sent from here.
 */
export class Revocation {
  /** 0 where the rebalance time-out leaves no room. */
  readonly graceMs: number;
  readonly #parts: RevocationParts;
  #pending: Pending | null = null;

  constructor(parts: RevocationParts) {
    const { heartbeatIntervalMs, rebalanceTimeoutMs } = parts.options;
    this.#parts = parts;
    this.graceMs = Math.max(0, rebalanceTimeoutMs - HEARTBEATS_BEFORE_JOIN * heartbeatIntervalMs);
  }

  /** The grace runs from here. `settled` never rejects. */
  begin(partitions: readonly HeldPartition[], settled: Promise<void>): void {
    const pending = { partitions, endsAt: this.#parts.clock.now() + this.graceMs, ended: Promise.withResolvers<null>() };
    this.#pending = pending;
    void settled.then(() => {
      if (this.#pending === pending) this.end(partitions);
    });
  }

  /** These are waited for no more. Returns those of them that the listener has not finished. */
  end(partitions: readonly HeldPartition[]): readonly HeldPartition[] {
    const pending = this.#pending;
    if (pending === null) return [];
    const [ended, left] = [true, false].map((isEnded) => pending.partitions.filter((each) => partitions.includes(each) === isEnded));
    pending.partitions = left!;
    if (left!.length === 0) {
      this.#pending = null;
      pending.ended.resolve(null);
    }
    return ended!;
  }

  /** Resolves when nothing is waited for any more or the grace is over, with null; when the membership ends before that, with the loss. */
  async over(membership: Membership | null): Promise<Loss | null> {
    const pending = this.#pending;
    if (pending === null || membership === null) return null;
    const { clock, options, silentMs } = this.#parts;
    const refused = Promise.withResolvers<Loss>();
    const ended = Promise.race([pending.ended.promise, refused.promise]);
    let isBeating = false;
    for (;;) {
      const leftMs = pending.endsAt - clock.now();
      if (leftMs <= 0) return null;
      if (silentMs() >= options.sessionTimeoutMs) return { refusal: null };
      if (!isBeating) {
        isBeating = true;
        void this.#beat(membership, (refusal) => refused.resolve({ refusal })).finally(() => {
          isBeating = false;
        });
      }
      const how = await within(clock, Math.min(leftMs, options.heartbeatIntervalMs), ended, LATER);
      if (how !== LATER) return how;
    }
  }

  /** Never rejects. */
  async #beat(membership: Membership, refused: (refusal: unknown) => void): Promise<void> {
    const { brokers, clock, findCoordinator, heard, options } = this.#parts;
    const { coordinator, memberId, generation } = membership;
    const sentAt = clock.now();
    try {
      await brokers().heartbeat(coordinator, { groupId: options.groupId, memberId, groupGenerationId: generation });
      heard(sentAt);
    } catch (error) {
      if (isFenced(error)) refused(error);
      else if (kafkaCodeOf(error) === 'REBALANCE_IN_PROGRESS') heard(sentAt);
      else if (isTimeout(error)) await dropAfterTimeout(coordinator, HEARTBEAT, error);
      // It moved, or cannot be reached. The group goes on with the new one, which takes the last commits too.
      else membership.coordinator = await findCoordinator().catch(() => coordinator);
    }
  }
}
