import type { Clock } from '../../clock.ts';
import type { HookedBrokers } from './group-hooks.ts';
import { isFenced } from './group-hooks.ts';
import type { HeldPartition, Membership } from './held-partitions.ts';
import { kafkaCodeOf } from './kafkajs-internals.ts';
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
  /** The coordinator still knew this member at that time. */
  readonly heard: (sentAt: number) => void;
  /** For how long it has not said so. */
  readonly silentMs: () => number;
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
   * Resolves when the listener has finished or the grace is over: with nothing. With the partitions when the membership ended
   * before that: then others have them already.
   */
  async over(membership: Membership | null): Promise<readonly HeldPartition[]> {
    const current = this.#current;
    this.#current = null;
    if (current === null || membership === null) return [];
    const { clock, options, silentMs } = this.#parts;
    const gone = Promise.withResolvers<'gone'>();
    const finished = Promise.race([current.settled, this.#abandoned.promise]).then(() => 'finished' as const);
    const ended = Promise.race([finished, gone.promise]);
    let isBeating = false;
    for (;;) {
      const leftMs = current.endsAt - clock.now();
      if (leftMs <= 0) return [];
      if (silentMs() >= options.sessionTimeoutMs) return current.partitions;
      if (!isBeating) {
        isBeating = true;
        void this.#beat(membership, () => gone.resolve('gone')).finally(() => {
          isBeating = false;
        });
      }
      const how = await within(clock, Math.min(leftMs, options.heartbeatIntervalMs), ended, null);
      if (how !== null) return how === 'gone' ? current.partitions : [];
    }
  }

  async #beat({ coordinator, memberId, generation }: Membership, gone: () => void): Promise<void> {
    const { brokers, clock, heard, options } = this.#parts;
    const sentAt = clock.now();
    try {
      await brokers().heartbeat(coordinator, { groupId: options.groupId, memberId, groupGenerationId: generation });
      heard(sentAt);
    } catch (error) {
      if (kafkaCodeOf(error) === 'REBALANCE_IN_PROGRESS') heard(sentAt);
      if (isFenced(error)) gone();
    }
  }
}
