/**
 * What is rehearsed: a program that consumes through the transport contract. Our runtime is one; the consumers of the bug
 * zoo, written on the bare contract, are others.
 */
import type { Handler } from '../src/handler.ts';
import type { Observer } from '../src/observation.ts';
import type { HandlerPromises, ProcessPromises } from '../testing/checker/promises.ts';
import type { PlanProcess } from '../testing/scenario/plan.ts';
import type { VenueMember } from '../testing/venue.ts';

export interface SubjectOptions {
  readonly groupId: string;
  /** One per topic, made for this start: what they hold dies with the process. */
  readonly handlers: readonly Handler[];
  readonly offsetReset: 'earliest' | 'latest';
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** Of a producer: of letters, and of what the subject writes itself. */
  readonly produceTimeoutMs: number;
  readonly maxWaitTimeMs: number;
  readonly commitIntervalMs: number;
  /** The name that one of the scenario's `outputs` has in this run: a broker that lives longer gives each run topics of its own. */
  readonly ownTopic: (name: string) => string;
  /** Options of the process, as the plan says. */
  readonly process: PlanProcess;
  /** Where a subject that observes itself reports to. */
  readonly observe: Observer;
}

export interface RunningSubject {
  /** Rejects when it cannot start; a subject that is stopped or killed before it joined may leave it open. */
  readonly started: Promise<void>;
  /** Rejects when it has died by itself. */
  readonly stopped: Promise<void>;
  /** As a deployment would: finish what runs, commit what is done, leave the group. */
  stop(): Promise<void>;
  /** Has a halted lane tried again, as an operator would. */
  retryHalted?(where: HaltedPlace): void;
  /** Sends the record of a halted lane to the dead letters; only where its handler has some. */
  deadLetterHalted?(where: HaltedPlace): Promise<unknown>;
  /** Pauses a topic or one partition of it by hand, or has it go on. False where nothing can be paused: it consumes nothing yet. */
  setPaused?(selection: PausedSelection, isPaused: boolean): boolean;
}

/** The record for which a lane stands still. */
export interface HaltedPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface PausedSelection {
  readonly topic: string;
  /** Left out: all of them. */
  readonly partition?: number;
}

export interface Subject {
  readonly name: string;
  /** What it promises about order; the checker holds it to that. */
  readonly ordering: 'partition' | 'key' | 'unordered';
  /** Whether it reports observations. */
  readonly observes: boolean;
  /** What it promises by the options of its handlers and of the process; left out where it takes none. */
  readonly promises?: (
    handlers: readonly Handler[],
    process: PlanProcess,
  ) => { readonly handlers: readonly HandlerPromises[]; readonly process: ProcessPromises };
  /** Once per process. The member's transport has a witness already. */
  start(member: Pick<VenueMember, 'name' | 'transport' | 'clock' | 'random'>, options: SubjectOptions): RunningSubject;
}
