import { KafkaError } from '../../src/errors.ts';
import { EventQueue } from './event-queue.ts';
import type { SimulationEvent } from './event-queue.ts';
import { Goals, type DriveGoal } from './goals.ts';
import { InFlight } from './in-flight.ts';
import type { Incarnation } from './incarnation.ts';
import { Trace } from './trace.ts';
import type { TraceEntry } from './trace.ts';

// Captured once: a test that patches timers must not stop the loop that it runs on.
const realSetImmediate = setImmediate;
const realSetTimeout = setTimeout;
const realClearTimeout = clearTimeout;

/** 2026-01-01T00:00:00Z: where virtual time starts unless told otherwise, so that every run sees the same dates. */
export const VIRTUAL_EPOCH_MS = 1_767_225_600_000;

export interface EventLoopOptions {
  /** Virtual milliseconds since the epoch. Default {@link VIRTUAL_EPOCH_MS}. */
  readonly startAt?: number;
  /** How long (real ms) a handler may wait for something that the simulation does not control. Default 10,000. */
  readonly watchdogMs?: number;
  /** How many events `trace()` keeps. Default 10,000. */
  readonly traceLimit?: number;
  /**
   * Which of several events of the same time happens next, decision by decision, each taken modulo the number of
   * alternatives; 0 where the list ends: first in, first out. Default none. Any numbers are valid.
   */
  readonly choices?: readonly number[];
  /** How many decisions to write down the number of alternatives of, for enumeration. Default 0. */
  readonly decisionLimit?: number;
}

/** What an event may say of itself. */
export interface EventDetails {
  /** See `SimulationEvent.queue`. */
  readonly queue?: string;
  readonly content?: unknown;
  /** See `SimulationEvent.silent`. Default false. */
  readonly silent?: boolean;
}

/** Silent events in a row before the platform gets a turn all the same. */
const MAX_SILENT_EVENTS = 16;

/** Turns that nobody needs cost next to nothing; a look at real I/O does. */
const TURNS_AT_ONCE = 64;

/** What the venue's own clock schedules: witnesses that look now and then. */
export const VENUE_TIMER = 'venue timer';

const NO_DETAILS: EventDetails = {};

/**
 * Virtual time and everything that happens in it. Takes one event, runs it, lets one real macrotask turn settle whatever
 * promises it moved, and takes the next. Time moves only when nothing can run, and never past a handler that does real
 * I/O. Runs only while somebody drives it: between two calls of a test the world stands still.
 */
export class EventLoop {
  readonly inFlight: InFlight = new InFlight(() => {
    this.#turn += 1;
    this.#wake();
  });
  readonly #queue = new EventQueue();
  readonly #trace: Trace;
  readonly #watchdogMs: number;
  readonly #choices: readonly number[];
  readonly #decisionLimit: number;
  readonly #alternativeCounts: number[] = [];
  #decisions = 0;
  #countdowns: { readonly at: number; readonly run: () => void }[] = [];
  readonly #goals = new Goals(() => this.#wake());
  #now: number;
  #sequence = 0;
  /** Raised with whatever may have changed an answer. */
  #turn = 0;
  #orderedTurns = 0;
  /** Since the last event began. */
  #isStirred = false;
  #state: 'idle' | 'running' | 'waiting' | 'closed' = 'idle';
  #realTimer: NodeJS.Timeout | null = null;

  constructor(options: EventLoopOptions = {}) {
    this.#now = options.startAt ?? VIRTUAL_EPOCH_MS;
    this.#watchdogMs = options.watchdogMs ?? 10_000;
    this.#trace = new Trace(options.traceLimit ?? 10_000);
    this.#choices = options.choices ?? [];
    this.#decisionLimit = Math.max(this.#choices.length, options.decisionLimit ?? 0);
  }

  /** Virtual milliseconds since the epoch. */
  get now(): number {
    return this.#now;
  }

  /** The last events, oldest first. */
  trace(): readonly TraceEntry[] {
    return this.#trace.entries();
  }

  /** Of every event so far, see `Trace.hash`. */
  traceHash(): string {
    return this.#trace.hash();
  }

  /** Events that have happened. */
  get eventCount(): number {
    return this.#trace.total;
  }

  /** Of each decision so far, up to the limit: how many events could have happened. Never 1. */
  get alternativeCounts(): readonly number[] {
    return this.#alternativeCounts;
  }

  /** `at` may lie in the past: then as soon as possible. Never runs inside this call. */
  schedule(at: number, owner: Incarnation | null, what: string, run: () => void, details: EventDetails = NO_DETAILS): SimulationEvent {
    const event: SimulationEvent = {
      at: Math.max(at, this.#now),
      sequence: this.#sequence,
      queue: details.queue ?? null,
      owner,
      what,
      content: details.content,
      silent: details.silent === true,
      run,
      cancelled: false,
    };
    this.#sequence += 1;
    if (this.#state === 'closed') event.cancelled = true;
    else this.#queue.push(event);
    this.#wake();
    return event;
  }

  /** A silent event has told somebody who may wait for a promise after all. */
  stir(): void {
    this.#isStirred = true;
  }

  /** Runs after so many more events, as an event of its own; at once with 0. */
  afterEvents(count: number, run: () => void): void {
    if (count <= 0) run();
    else this.#countdowns.push({ at: this.#trace.total + count, run });
  }

  /** Forgets what waits for events. */
  clearCountdowns(): void {
    this.#countdowns = [];
  }

  /**
   * Nothing is scheduled that could change anything: no timer of a living process, no message on its way, nothing that the
   * brokers do within `withinMs`; and no handler call waits for the real world. Timers of the venue's own do not count.
   */
  isDeadlocked(withinMs: number): boolean {
    if (this.inFlight.longestUncontrolled() !== null || this.#countdowns.length > 0) return false;
    return !this.#queue.some(({ owner, queue, what, at }) => {
      if (owner !== null) return owner.alive;
      if (queue !== null) return true;
      return what !== VENUE_TIMER && at - this.#now <= withinMs;
    });
  }

  /** Idempotent, harmless after the event. */
  cancel(event: SimulationEvent): void {
    if (!event.cancelled) this.#queue.cancel(event);
  }

  /** Lets the loop run until the goal is met. Calls may overlap, also from inside of events. */
  drive(goal: DriveGoal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#state === 'closed') {
        reject(new KafkaError('STAGE_STUCK', `This simulation is closed; nothing more can happen in it. Waited for: ${goal.describe()}`));
        return;
      }
      this.#goals.add(goal, resolve, reject);
      this.#wake();
      if (this.#state !== 'idle') return;
      this.#state = 'running';
      this.#again();
    });
  }

  /** Nothing happens any more: open waits reject, scheduled events are forgotten. Idempotent. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#fail(() => 'The simulation was closed');
    this.#stopWaiting();
    this.#state = 'closed';
    this.#queue.clear();
  }

  readonly #step = (): void => {
    this.#orderedTurns -= 1;
    for (let silent = 0; this.#advance() && silent < MAX_SILENT_EVENTS; silent += 1);
    this.#again();
  };

  /**
   * One turn: settle goals, or run one event, or wait for the real world, or let time pass. True where no promise can have
   * been settled by it: then the next may follow at once.
   */
  #advance(): boolean {
    if (this.#state !== 'running') return false;
    // Whoever was waiting gets a turn of its own before the next event.
    if (this.#goals.check(this.#turn)) return false;
    if (this.#goals.size === 0) {
      this.#state = 'idle';
      return false;
    }
    const event = this.#queue.peek();
    if (event === null || event.at > this.#now) {
      if (this.#mustWaitForReality()) {
        this.#waitForReality();
        return false;
      }
      this.#passTime(event);
      // A condition may be one of time itself.
      if (this.#goals.check(this.#turn) || event === null || event.at > this.#now || event.cancelled) return false;
    }
    const chosen = this.#decisions < this.#decisionLimit ? this.#choose(event) : event;
    this.#isStirred = false;
    this.#run(chosen);
    return chosen.silent && !this.#isStirred && !this.#goals.isAsking && this.inFlight.longestUncontrolled() === null;
  }

  /** Among what could happen now; consumes a choice only where there is one to make. */
  #choose(first: SimulationEvent): SimulationEvent {
    const alternatives = this.#queue.alternatives();
    if (alternatives.length < 2) return alternatives[0] ?? first;
    const choice = this.#choices[this.#decisions] ?? 0;
    this.#decisions += 1;
    this.#alternativeCounts.push(alternatives.length);
    return alternatives[Math.abs(Math.trunc(choice)) % alternatives.length] ?? first;
  }

  /**
   * Promises and ticks settle between two immediates, so several are ordered at once: the platform looks for real I/O only
   * between such bursts, which costs more than a turn. Whoever does real I/O gets a look after each turn.
   */
  #again(): void {
    if (this.#state !== 'running' || this.#orderedTurns > 0) return;
    this.#orderedTurns = this.inFlight.longestUncontrolled() === null ? TURNS_AT_ONCE : 1;
    for (let turn = 0; turn < this.#orderedTurns; turn += 1) realSetImmediate(this.#step);
  }

  #run(event: SimulationEvent): void {
    this.#turn += 1;
    this.#queue.remove(event);
    if (event.owner !== null && event.owner.alive && this.#mustWait(event, event.owner)) return;
    // A later `cancel` must not count it as still queued.
    event.cancelled = true;
    if (event.owner !== null && !event.owner.alive) return;
    this.#trace.add(this.#now, event.owner === null ? 'venue' : event.owner.name, event.what, event.content);
    try {
      event.run();
    } catch (error) {
      this.#goals.failAll(() => error);
    }
    if (this.#countdowns.length > 0) this.#countDown();
  }

  #countDown(): void {
    const due = this.#countdowns.filter(({ at }) => at <= this.#trace.total);
    if (due.length === 0) return;
    this.#countdowns = this.#countdowns.filter(({ at }) => at > this.#trace.total);
    for (const { run } of due) this.schedule(this.#now, null, 'countdown', run);
  }

  /** The process stands still: what is due comes when it goes on, in the same order. */
  #mustWait(event: SimulationEvent, owner: Incarnation): boolean {
    const at = owner.resumesAt(this.#now);
    if (at === this.#now) return false;
    event.at = at;
    event.cancelled = false;
    this.#queue.push(event);
    return true;
  }

  #passTime(event: SimulationEvent | null): void {
    this.#turn += 1;
    const { limitAt } = this.#goals;
    if (event !== null && event.at <= limitAt) {
      this.#now = event.at;
      return;
    }
    if (limitAt === Number.POSITIVE_INFINITY) {
      this.#fail(() => 'Nothing is left that could happen: no timer, no request, no handler call');
      return;
    }
    this.#now = Math.max(this.#now, limitAt);
    this.#goals.expire(this.#now);
  }

  #fail(reason: () => string): void {
    this.#goals.failAll(({ describe }) => new KafkaError('STAGE_STUCK', `${reason()}. Waited for: ${describe()}`));
  }

  #mustWaitForReality(): boolean {
    return this.inFlight.longestUncontrolled() !== null || this.#goals.isAsking;
  }

  /** Sleeps in real time until something changes, or the watchdog has had enough. */
  #waitForReality(): void {
    const longest = this.inFlight.longestUncontrolled();
    if (longest !== null && longest.realMs >= this.#watchdogMs) {
      this.#failHung(longest.call.handler, longest.call.record, longest.call.since, longest.realMs);
      return this.#again();
    }
    this.#state = 'waiting';
    const patienceMs = longest === null ? this.#watchdogMs : this.#watchdogMs - longest.realMs;
    this.#realTimer = realSetTimeout(() => this.#wake(), Math.ceil(patienceMs));
  }

  #failHung(handler: string, record: string, since: number, realMs: number): void {
    this.#goals.failAll(({ describe }) => {
      const message =
        `The handler of ${handler} has not settled record ${record}, delivered at ${new Date(since).toISOString()} (virtual time): ` +
        `for ${Math.round(realMs)} ms of real time it has waited for nothing that the rehearsal controls. ` +
        'Virtual time does not pass real I/O. Either something there hangs, or it waits by timers of its own (use context.clock.sleep()), ' +
        'or for another handler call that needs virtual time to pass. ' +
        `Waited for: ${describe()}`;
      return new KafkaError('STAGE_STUCK', message, { details: { reason: 'hung', handler, record, since, realMs } });
    });
  }

  /** Ends a real wait; does nothing otherwise. */
  #wake(): void {
    if (this.#state !== 'waiting') return;
    this.#stopWaiting();
    this.#state = 'running';
    this.#again();
  }

  #stopWaiting(): void {
    if (this.#realTimer !== null) realClearTimeout(this.#realTimer);
    this.#realTimer = null;
  }
}
