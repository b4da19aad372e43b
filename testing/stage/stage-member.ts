import { kafkaConfig } from '../../src/config/create-kafka-config.ts';
import type { KafkaConfig } from '../../src/config/kafka-config.ts';
import { KafkaError } from '../../src/errors.ts';
import type { Handler } from '../../src/handler.ts';
import type { Logger } from '../../src/logger.ts';
import { KafkaManager } from '../../src/manager.ts';
import type { ManagerHealth } from '../../src/manager.ts';
import { asHandler } from '../../src/message-handler.ts';
import type { AnyMessageHandler } from '../../src/message-handler.ts';
import type { Observer } from '../../src/observation.ts';
import type { Venue, VenueMember } from '../venue.ts';
import { driven } from './driven.ts';

/** One member of the stage's group: a process with a manager of its own. */
export interface StageMember {
  /** Name and life, such as `member-1#2`, as in observations. */
  readonly name: string;
  readonly running: boolean;
  /** The process dies without a word: nothing is committed, the group notices by the session time-out. */
  crash(): Promise<void>;
  /** Stops gracefully: running calls end, what is done is committed, the group is left. */
  leave(): Promise<void>;
  /** Starts again, in a new life; gracefully left before if it still runs. */
  restart(): Promise<void>;
  /** What leftover code of crashed lives attempted in vain. */
  readonly staleEffects: readonly string[];
  /** Null while it does not run. */
  health(): ManagerHealth | null;
  /** As of `KafkaManager`, of the same name. */
  retryHalted(where: HaltedPlace): number;
  /** As of `KafkaManager`, of the same name. */
  deadLetterHalted(where: Required<HaltedPlace>): Promise<boolean>;
}

/** A halted lane by the record that halted it; without an offset, all of a partition. */
export interface HaltedPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset?: number;
}

/** What all members of a stage have in common. */
export interface Troupe {
  readonly venue: Venue;
  readonly config: (clientId: string) => KafkaConfig;
  readonly handlers: () => readonly (Handler | AnyMessageHandler)[];
  readonly observers: readonly Observer[];
  readonly logger: Logger;
  /** A member that died by itself: by a fatal error, not by `crash` or `leave`. */
  readonly onFatal: (error: unknown) => void;
  /** Something happened that the stage must look at again. */
  readonly onChange: () => void;
}

const START_TIMEOUT_MS = 30_000;
const DEAD_LETTER_WITHIN_MS = 60_000;

interface Life {
  readonly process: VenueMember;
  readonly manager: KafkaManager;
  /** Ended by the stage's own wish. */
  isOver: boolean;
}

export class TroupeMember implements StageMember {
  readonly #role: string;
  readonly #troupe: Troupe;
  readonly #pastEffects: (readonly [Pick<VenueMember, 'staleEffects'>])[] = [];
  #life: Life | null = null;
  #lastName: string;

  constructor(role: string, troupe: Troupe) {
    this.#role = role;
    this.#troupe = troupe;
    this.#lastName = `${role}#1`;
  }

  get name(): string {
    return this.#lastName;
  }

  get running(): boolean {
    return this.#life !== null;
  }

  get staleEffects(): readonly string[] {
    return this.#pastEffects.flatMap(([process]) => process.staleEffects);
  }

  health(): ManagerHealth | null {
    return this.#life?.manager.health() ?? null;
  }

  async start(): Promise<void> {
    if (this.#life !== null) throw new KafkaError('MANAGER_STATE', `${this.name} runs already`);
    const { venue, config: configOf, handlers, observers, logger } = this.#troupe;
    const config = configOf(this.#role);
    // A member that crashed before may hold the group up until its session and the rebalance have timed out.
    const startTimeoutMs = START_TIMEOUT_MS + config.sessionTimeoutMs + config.rebalanceTimeoutMs;
    const process = venue.openMember(this.#role);
    this.#lastName = process.name;
    const { transport, clock, random } = process;
    const manager = new KafkaManager(config, { transport, clock, random, logger, observers, member: process.name });
    for (const handler of handlers()) manager.register(process.rehearse(asHandler(handler)));
    const life: Life = { process, manager, isOver: false };
    this.#life = life;
    manager.stopped.catch((error: unknown) => {
      if (!life.isOver) this.#troupe.onFatal(error);
    });
    try {
      await driven(venue, manager.start({ timeoutMs: startTimeoutMs }), {
        withinMs: startTimeoutMs * 2,
        describe: () => `${process.name} to join its group`,
      });
    } catch (error) {
      life.isOver = true;
      this.#life = null;
      process.kill();
      throw error;
    }
    this.#troupe.onChange();
  }

  retryHalted(where: HaltedPlace): number {
    return this.#require('decide on a halted lane').manager.retryHalted(where);
  }

  async deadLetterHalted(where: Required<HaltedPlace>): Promise<boolean> {
    const { manager } = this.#require('decide on a halted lane');
    const place = `${where.topic}/${where.partition}/${where.offset}`;
    return driven(this.#troupe.venue, manager.deadLetterHalted(where), {
      withinMs: DEAD_LETTER_WITHIN_MS,
      describe: () => `the dead letter of ${place}`,
    });
  }

  async crash(): Promise<void> {
    const life = this.#end('crash');
    life.process.kill();
    this.#pastEffects.push([life.process]);
    this.#troupe.onChange();
  }

  async leave(): Promise<void> {
    const life = this.#end('leave');
    const { venue, config } = this.#troupe;
    const withinMs = config(this.#role).stopTimeoutMs * 2 + 60_000;
    await driven(venue, life.manager.stop(), { withinMs, describe: () => `${life.process.name} to stop` });
    life.process.kill();
    this.#troupe.onChange();
  }

  async restart(): Promise<void> {
    if (this.#life !== null) await this.leave();
    await this.start();
  }

  #end(what: string): Life {
    const life = this.#require(what);
    life.isOver = true;
    this.#life = null;
    return life;
  }

  #require(what: string): Life {
    if (this.#life === null)
      throw new KafkaError('MANAGER_STATE', `${this.name} cannot ${what}: it does not run; restart() starts it again`);
    return this.#life;
  }
}

/** The stage's configuration of a member. */
export function memberConfig(given: Parameters<typeof kafkaConfig>[0], groupId: string, clientId: string): KafkaConfig {
  return kafkaConfig({
    autoOffsetReset: 'earliest',
    sessionTimeoutMs: 30_000,
    lagIntervalMs: 0, // a timer that never ends is an event that never lets a rehearsal be at rest
    ...given,
    enabled: true,
    groupId,
    clientId: given?.clientId ?? clientId,
  });
}
