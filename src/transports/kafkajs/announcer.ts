import type { Clock } from '../../clock.ts';
import type { KafkaError } from '../../errors.ts';
import type { Assignment } from '../../transport.ts';
import type { HookedBrokers } from './group-hooks.ts';
import type { HeldPartition, HeldPartitions, Membership } from './held-partitions.ts';
import type { Cluster } from './kafkajs-internals.ts';
import type { MetadataWatch } from './metadata-watch.ts';
import { readAssignment } from './read-assignment.ts';
import { cachedLeader } from './topology.ts';
import type { ConnectionFacts } from './translate-error.ts';
import { translateError } from './translate-error.ts';
import { wait } from './wait.ts';

const FIRST_BACKOFF_MS = 100;
/** By then a new topic is known to every broker, and what has no leader may have none for long. */
const MAX_BACKOFF_MS = 1_000;
const UNKNOWN_TOPIC = 'UNKNOWN_TOPIC_OR_PARTITION';
const NO_LEADER = 'LEADER_NOT_AVAILABLE';

export interface AnnouncerHost {
  readonly groupId: string;
  readonly clock: Clock;
  readonly facts: ConnectionFacts;
  readonly cluster: Cluster;
  readonly brokers: HookedBrokers;
  readonly held: HeldPartitions;
  readonly metadata: MetadataWatch;
  /** False once the consumer stops, or another membership follows, also while the group waits for that. */
  isCurrent(membership: Membership): boolean;
  assigned(assignment: Assignment): void;
  warn(error: KafkaError): void;
  fail(error: KafkaError): void;
}

/** Tells what a join brought, once all is read that the runtime must know of it: for as long as the membership lasts, since no rebalance would follow. */
export class Announcer {
  readonly #host: AnnouncerHost;
  /** What was assigned last, and to which membership. */
  #last: { readonly membership: Membership; readonly partitions: string } | null = null;

  constructor(host: AnnouncerHost) {
    this.#host = host;
  }

  joined(assignment: Readonly<Record<string, readonly number[]>>, membership: Membership): void {
    const partitions = Object.entries(assignment).flatMap(([topic, numbers]) => numbers.map((partition) => ({ topic, partition })));
    const text = JSON.stringify(partitions);
    // kafkajs tells it once for each of its loops that took part in the join.
    if (this.#last?.membership === membership && this.#last.partitions === text) return;
    this.#last = { membership, partitions: text };
    void this.#announce(this.#host.held.begin(partitions, membership), membership);
  }

  async #announce(held: readonly HeldPartition[], membership: Membership): Promise<void> {
    const { brokers, clock, cluster, groupId } = this.#host;
    /** Not told yet, and what of it is looked at. */
    let left = held;
    let part = held;
    for (let backoffMs = FIRST_BACKOFF_MS; ; backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS)) {
      try {
        const partitions = await readAssignment(cluster, brokers, groupId, membership, part);
        if (this.#isOver(left, membership)) return;
        const told = part;
        for (const [index, { topicId }] of partitions.entries()) Object.assign(told[index]!, { topicId, announced: true });
        this.#host.assigned({ memberId: membership.memberId, generation: membership.generation, partitions });
        left = left.filter((partition) => !told.includes(partition));
        if (left.length === 0) return;
        // As a later assignment.
        left = this.#host.held.again(left);
        part = left;
      } catch (error) {
        if (this.#isOver(left, membership)) return;
        const problem = this.#translate(error);
        if (isForGood(problem)) return this.#host.fail(problem);
        this.#host.warn(problem);
        part = await this.#partToRead(problem, left, backoffMs === MAX_BACKOFF_MS);
      }
      await wait(clock, backoffMs);
      if (this.#isOver(left, membership)) return;
    }
  }

  /** Looks what has become of the partitions. What has no leader is told once it has one: the rest need not wait for it. */
  async #partToRead(problem: KafkaError, left: readonly HeldPartition[], isLate: boolean): Promise<readonly HeldPartition[]> {
    const { cluster, metadata } = this.#host;
    // The topic was deleted. The rest waits for the group to assign anew without it.
    if (problem.kafkaCode === UNKNOWN_TOPIC && isLate) await metadata.refused(left, UNKNOWN_TOPIC);
    else await metadata.refresh();
    if (problem.kafkaCode !== NO_LEADER || !isLate) return left;
    const led = left.filter((partition) => cachedLeader(cluster, partition) !== null);
    return led.length === 0 ? left : led;
  }

  #isOver(held: readonly HeldPartition[], membership: Membership): boolean {
    return !this.#host.isCurrent(membership) || held.some((partition) => this.#host.held.current(partition) !== partition);
  }

  #translate(error: unknown): KafkaError {
    return translateError(error, `read the offsets of the group "${this.#host.groupId}"`, 'PROTOCOL', this.#host.facts);
  }
}

function isForGood({ code, kafkaCode }: KafkaError): boolean {
  return code === 'AUTHENTICATION_FAILED' || kafkaCode?.endsWith('AUTHORIZATION_FAILED') === true;
}
