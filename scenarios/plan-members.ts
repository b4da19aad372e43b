import type { Handler } from '../src/handler.ts';
import type { Transport } from '../src/transport.ts';
import type { HistoryEvent } from '../testing/checker/history.ts';
import type { Observation } from '../src/observation.ts';
import type { Plan } from '../testing/scenario/plan.ts';
import type { Venue, VenueMember } from '../testing/venue.ts';
import type { HistoryRecorder } from '../testing/witness/history-recorder.ts';
import type { TappedMember } from '../testing/witness/tapped-member.ts';
import { tapTransport } from '../testing/witness/tap-transport.ts';
import { witnessHandler } from '../testing/witness/witness-handler.ts';
import type { PlanWorld } from './plan-world.ts';
import type { HaltedPlace, PausedSelection, RunningSubject, Subject } from './subject.ts';
import type { VenuePace } from './venue-pace.ts';

export interface PlanMembersOptions {
  readonly venue: Venue;
  readonly subject: Subject;
  readonly handlers: (world: PlanWorld, life: TappedMember) => readonly Handler[];
  readonly hazard?: ((transport: Transport, member: VenueMember) => Transport) | undefined;
  readonly world: PlanWorld;
  /** Puts faults of handlers in front of one. */
  readonly disturb: (handler: Handler, member: string) => Handler;
  readonly recorder: HistoryRecorder;
  readonly groupId: string;
  readonly ownTopic: (name: string) => string;
  readonly pace: VenuePace;
  /** What somebody decides on a lane that stands still for this record. */
  readonly decisionOn: (where: HaltedPlace) => 'retry' | 'dead-letter';
}

/** Where a lane stands still, and why: for its record, for a call that hangs, or for both. */
interface HaltedRecord {
  readonly member: string;
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
  readonly offset: number;
  byRecord: boolean;
  byCall: boolean;
}

/** One life of one member. */
interface Life {
  readonly name: string;
  readonly venueMember: VenueMember;
  readonly running: RunningSubject;
  /** Topics whose rejected records go to dead letters. */
  readonly lettered: ReadonlySet<string>;
  /** Topics of which somebody has paused something. */
  readonly paused: Set<string>;
  /** What the witnesses know of it: whether it lives. */
  readonly tapped: { readonly name: string; alive: boolean };
  stopping: Promise<void> | null;
  /** Why it died by itself. */
  cause: string | null;
}

/** The members of a plan: starts, stops and kills processes of the subject. */
export class PlanMembers {
  readonly #plan: Plan;
  readonly #options: PlanMembersOptions;
  readonly #lives: Life[] = [];
  readonly #assigned = new Set<string>();
  /** Lanes that stand still until somebody decides, by member and record. */
  readonly #halted = new Map<string, HaltedRecord>();
  /** What the handlers of the first life promise: all lives have the same. */
  promises: ReturnType<NonNullable<Subject['promises']>> | null = null;

  constructor(plan: Plan, options: PlanMembersOptions) {
    this.#plan = plan;
    this.#options = options;
  }

  see(event: HistoryEvent): void {
    if (event.kind === 'observed') this.#hear(event.observation);
    if (event.kind === 'client-assigned') this.#assigned.add(`${event.topic}-${event.partition}`);
  }

  join(member: string): void {
    if (this.#up(member) !== null) return;
    const { venue, subject, hazard, handlers, world, recorder, groupId, ownTopic, pace } = this.#options;
    const venueMember = venue.openMember(member);
    const tapped = { name: venueMember.name, alive: true };
    const transport = hazard === undefined ? venueMember.transport : hazard(venueMember.transport, venueMember);
    recorder.record({ kind: 'member-started', member: venueMember.name });
    const made = this.#onPlanTopics(handlers(world, tapped));
    this.promises ??= subject.promises?.(made, this.#plan.config.process ?? {}) ?? null;
    const running = subject.start(
      {
        name: venueMember.name,
        transport: tapTransport(transport, tapped, recorder),
        clock: venueMember.clock,
        random: venueMember.random,
      },
      {
        groupId,
        handlers: made.map((handler) =>
          venueMember.rehearse(witnessHandler(this.#options.disturb(handler, venueMember.name), tapped, recorder)),
        ),
        offsetReset: this.#plan.config.offsetReset,
        sessionTimeoutMs: Math.max(this.#plan.config.sessionTimeoutMs, venue.minSessionTimeoutMs),
        heartbeatIntervalMs: pace.heartbeatIntervalMs,
        rebalanceTimeoutMs: Math.max(this.#plan.config.sessionTimeoutMs, venue.minSessionTimeoutMs),
        requestTimeoutMs: pace.requestTimeoutMs,
        produceTimeoutMs: pace.produceTimeoutMs,
        maxWaitTimeMs: pace.maxWaitTimeMs,
        commitIntervalMs: pace.commitIntervalMs,
        ownTopic,
        process: this.#plan.config.process ?? {},
        observe: (observation) => {
          if (tapped.alive) recorder.record({ kind: 'observed', observation });
        },
      },
    );
    const life: Life = {
      name: member,
      venueMember,
      running,
      lettered: new Set(made.flatMap(({ topics, deadLetter }) => ((deadLetter ?? null) === null ? [] : topics))),
      paused: new Set(),
      tapped,
      stopping: null,
      cause: null,
    };
    this.#lives.push(life);
    running.started.catch((error: unknown) => this.#died(life, error));
    running.stopped.catch((error: unknown) => this.#died(life, error));
  }

  #died(life: Life, error: unknown): void {
    if (life.stopping === null) life.cause ??= error instanceof Error ? error.message : String(error);
  }

  /** A plan may use fewer topics than its handlers take. */
  #onPlanTopics(handlers: readonly Handler[]): readonly Handler[] {
    const planned = new Set(this.#plan.config.topics.map((topic) => topic.name));
    return handlers
      .map((handler) => ({ ...handler, topics: handler.topics.filter((topic) => planned.has(topic)) }))
      .filter((handler) => handler.topics.length > 0);
  }

  /** What an operator would do: every halted lane goes on, one way or the other; beside a call that hangs only where that is wanted. */
  decideHalted({ besideCalls = false }: { readonly besideCalls?: boolean } = {}): void {
    for (const [key, { member, epoch: _, byRecord, byCall, ...where }] of this.#halted) {
      // A lane that stands still for both needs two decisions; the first is about its call.
      if (byCall ? byRecord || !besideCalls : !byRecord) continue;
      this.#halted.delete(key);
      const life = this.#lives.find((each) => each.venueMember.name === member && each.tapped.alive && each.stopping === null);
      if (life === undefined) continue;
      const { running, lettered } = life;
      const decision = running.deadLetterHalted !== undefined && lettered.has(where.topic) ? this.#options.decisionOn(where) : 'retry';
      this.#options.recorder.record({ kind: 'decided-by-hand', member, ...where, decision, ...(byCall ? { besideCall: true } : {}) });
      if (decision === 'retry') running.retryHalted?.(where);
      else running.deadLetterHalted?.(where).catch((error: unknown) => this.#died(life, error));
    }
  }

  /** Somebody pauses by hand, or resumes. Whoever is not up, or cannot be paused, does nothing. */
  setPaused(member: string, { topic, partition }: PausedSelection, isPaused: boolean): void {
    const life = this.#up(member);
    if (life?.running.setPaused?.(partition === undefined ? { topic } : { topic, partition }, isPaused) !== true) return;
    if (isPaused) life.paused.add(topic);
    const selection = { topic, partition: partition ?? null };
    this.#options.recorder.record({ kind: isPaused ? 'paused-by-hand' : 'resumed-by-hand', member: life.venueMember.name, selection });
  }

  /** What somebody has paused goes on, in every process. */
  resumeAll(): void {
    for (const { name, paused } of this.#lives.filter(({ tapped, stopping }) => tapped.alive && stopping === null))
      for (const topic of paused) this.setPaused(name, { topic }, false);
  }

  #hear(observation: Observation): void {
    if (observation.kind !== 'lane-halted' && observation.kind !== 'lane-resumed') return;
    const { member, topic, partition, epoch, offset } = observation;
    const key = `${member} ${topic} ${partition} ${offset}`;
    const before = this.#halted.get(key);
    // What stood still in an assignment that is over says nothing of the next.
    const halted = before?.epoch === epoch ? before : { member, topic, partition, epoch, offset, byRecord: false, byCall: false };
    this.#halted.set(key, halted);
    if (observation.kind === 'lane-halted') {
      if (observation.error.code === 'HANDLER_HUNG') halted.byCall = true;
      else halted.byRecord = true;
      return;
    }
    // That a call has settled after all decides nothing about its record.
    halted.byCall = false;
    if (observation.by !== 'settled') halted.byRecord = false;
  }

  leave(member: string): void {
    const life = this.#up(member);
    if (life !== null) void this.#stop(life);
  }

  crash(member: string): void {
    // A process that is stopping can die as well.
    const life = this.#lives.findLast((each) => each.name === member && each.tapped.alive);
    if (life === undefined) return;
    life.tapped.alive = false;
    this.#options.recorder.record({ kind: 'member-crashed', member: life.venueMember.name });
    life.venueMember.kill();
  }

  /** A fault is about to kill this life. */
  killed(name: string): void {
    const life = this.#lives.find((each) => each.venueMember.name === name && each.tapped.alive);
    if (life === undefined) return;
    life.tapped.alive = false;
    this.#options.recorder.record({ kind: 'member-crashed', member: name });
  }

  /** The first member is up and holds every partition: where a group under `latest` starts is then settled. */
  async establishGroup(): Promise<void> {
    const partitions = this.#plan.config.topics.reduce((sum, topic) => sum + topic.partitions, 0);
    this.join(FIRST_MEMBER);
    await this.#options.venue.until(() => this.#assigned.size === partitions || this.allHaveDied(), {
      withinMs: this.#options.pace.drainBudgetMs,
      describe: () => 'the first member to be assigned every partition',
    });
  }

  ensureOneIsUp(): void {
    if (!this.#lives.some((life) => life.tapped.alive && life.stopping === null && life.cause === null)) this.join(FIRST_MEMBER);
  }

  /** Nobody is left who could go on; not by the plan, but by themselves. */
  allHaveDied(): boolean {
    return this.#lives.every((life) => !life.tapped.alive || life.stopping !== null || life.cause !== null);
  }

  causeOfDeath(): string | null {
    const dead = this.#lives.find((life) => life.cause !== null);
    return dead === undefined ? null : `${dead.venueMember.name} had stopped by itself: ${dead.cause}`;
  }

  async stopAll(): Promise<void> {
    const { venue, pace } = this.#options;
    const stops = this.#lives.filter((life) => life.tapped.alive).map((life) => this.#stop(life));
    let settled = false;
    void Promise.allSettled(stops).then(() => {
      settled = true;
    });
    await venue.until(() => settled, { withinMs: pace.stopBudgetMs, describe: () => 'every member to stop' });
  }

  #stop(life: Life): Promise<void> {
    const { recorder } = this.#options;
    if (life.stopping === null) {
      recorder.record({ kind: 'member-stopping', member: life.venueMember.name });
      life.stopping = life.running.stop().then(
        () => {
          if (life.tapped.alive) recorder.record({ kind: 'member-stopped', member: life.venueMember.name });
          life.tapped.alive = false;
        },
        (error: unknown) => {
          life.cause ??= error instanceof Error ? error.message : String(error);
        },
      );
    }
    return life.stopping;
  }

  #up(member: string): Life | null {
    return this.#lives.find((life) => life.name === member && life.tapped.alive && life.stopping === null && life.cause === null) ?? null;
  }
}

const FIRST_MEMBER = 'a';
