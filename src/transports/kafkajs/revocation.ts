import type { Clock } from '../../clock.ts';
import type { HookedBrokers } from './group-hooks.ts';
import { HEARTBEAT, isFenced } from './group-hooks.ts';
import type { HeldPartition, Membership } from './held-partitions.ts';
import type { Broker } from './kafkajs-internals.ts';
import { dropAfterTimeout, isTimeout, kafkaCodeOf } from './kafkajs-internals.ts';
import { within } from './wait.ts';

/** A rebalance is heard of with a heartbeat, which waits its turn between two looks at the brokers, and JoinGroup takes a moment. */
const HEARTBEATS_BEFORE_JOIN = 3;

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

/** Partitions whose membership ended within their grace. */
export interface Loss {
  readonly partitions: readonly HeldPartition[];
  /** What the coordinator answered; null where it has been silent for a session. */
  readonly refusal: unknown;
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
  readonly #abandoned = Promise.withResolvers<void>();
  #current: { readonly partitions: readonly HeldPartition[]; readonly settled: Promise<void>; readonly endsAt: number } | null = null;

  constructor(parts: RevocationParts) {
    const { heartbeatIntervalMs, rebalanceTimeoutMs } = parts.options;
    this.#parts = parts;
    this.graceMs = Math.max(0, rebalanceTimeoutMs - HEARTBEATS_BEFORE_JOIN * heartbeatIntervalMs);
  }

  /** The grace runs from here. `settled` never rejects. */
  begin(partitions: readonly HeldPartition[], settled: Promise<void>): void {
    this.#current = { partitions, settled, endsAt: this.#parts.clock.now() + this.graceMs };
  }

  /** The consumer stops: nothing is waited for any more. */
  abandon(): void {
    this.#abandoned.resolve();
  }

  /**
   * Resolves when the listener has finished or the grace is over: with null. With the loss when the membership ended before
   * that: then others have the partitions already.
   */
  async over(membership: Membership | null): Promise<Loss | null> {
    const current = this.#current;
    this.#current = null;
    if (current === null || membership === null) return null;
    const { clock, options, silentMs } = this.#parts;
    const refused = Promise.withResolvers<{ readonly refusal: unknown }>();
    const finished = Promise.race([current.settled, this.#abandoned.promise]).then(() => 'finished' as const);
    const ended = Promise.race([finished, refused.promise]);
    let isBeating = false;
    for (;;) {
      const leftMs = current.endsAt - clock.now();
      if (leftMs <= 0) return null;
      if (silentMs() >= options.sessionTimeoutMs) return { partitions: current.partitions, refusal: null };
      if (!isBeating) {
        isBeating = true;
        void this.#beat(membership, (refusal) => refused.resolve({ refusal })).finally(() => {
          isBeating = false;
        });
      }
      const how = await within(clock, Math.min(leftMs, options.heartbeatIntervalMs), ended, null);
      if (how !== null) return how === 'finished' ? null : { partitions: current.partitions, refusal: how.refusal };
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
