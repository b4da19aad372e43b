import type { Action, Skip } from '../action.ts';
import type { Timer } from '../clock.ts';
import { KafkaError, assertNever } from '../errors.ts';
import type { Handler } from '../handler.ts';
import type { KafkaRecord } from '../record.ts';
import type { PartitionEpoch } from '../transport.ts';
import { DeliveryContext } from './delivery-context.ts';
import type { Turn } from './dispatcher.ts';
import { describeFailure } from './failure.ts';
import { describeAnswer, isKnownAction, isThenable } from './handler-answer.ts';
import type { Lane } from './lane.ts';
import type { Ledger } from './ledger.ts';
import { logFailure, logHung, logReject } from './record-log.ts';
import { RecordQueue } from './record-queue.ts';
import { backOffMs, skipDelayMs } from './retry.ts';
import type { Runtime } from './runtime.ts';

/** Deliveries of one partition in a row before another partition gets its turn. */
const FAIR_SHARE = 256;
/** A call that has not settled so long after its deadline is told of in the log. */
const HUNG_AFTER_MS = 10_000;
/** Characters of a skip's reason that health shows. */
const LONGEST_REASON = 200;

/** The record that holds its partition: it is being handled or waits for its next delivery. */
export interface BlockedRecord {
  readonly offset: number;
  readonly attempt: number;
  readonly failures: number;
  /** Milliseconds since the epoch; null while a call runs, be it one past its deadline. */
  readonly nextAttemptAt: number | null;
  /** Name of the last error, or why the last delivery was skipped; null before the first answer. */
  readonly lastProblem: string | null;
}

/** A handler call that has not settled. */
interface RunningCall {
  readonly offset: number;
  readonly attempt: number;
  readonly context: DeliveryContext;
  deadline: Timer | null;
}

/**
 * Delivers the records of one partition in one epoch in order, one call at a time; whatever is not terminal holds the rest.
 * Skips and failures are delivered again from memory.
 */
export class PartitionOrder {
  readonly queue: RecordQueue = new RecordQueue();
  /** No call starts while this is false. */
  delivering = false;
  /** Records that became terminal in this epoch. */
  terminalCount = 0;
  readonly #runtime: Runtime;
  readonly #id: PartitionEpoch;
  readonly #handler: Handler;
  readonly #ledger: Ledger;
  readonly #lane: Lane;
  readonly #wake: () => void;
  readonly #broken: (error: unknown) => void;
  #over = false;
  #headSequence = 0;
  #running: RunningCall | null = null;
  #retryTimer: Timer | null = null;
  #retryAt = 0;
  /** Runs while a call is past its deadline. */
  #hungTimer: Timer | null = null;
  // Of the record at the head of the queue:
  #attempt = 0;
  #failures = 0;
  #lastProblem: string | null = null;

  constructor(
    runtime: Runtime,
    options: {
      readonly id: PartitionEpoch;
      readonly handler: Handler;
      readonly ledger: Ledger;
      readonly lane: Lane;
      readonly wake: () => void;
      /** A defect of the runtime itself, outside of `run`. */
      readonly broken: (error: unknown) => void;
    },
  ) {
    this.#runtime = runtime;
    this.#id = options.id;
    this.#handler = options.handler;
    this.#ledger = options.ledger;
    this.#lane = options.lane;
    this.#wake = options.wake;
    this.#broken = options.broken;
  }

  /** Delivers until nothing is ready, or returns true when it gives way to others. */
  run(turn: Turn): boolean {
    let share = FAIR_SHARE;
    while (this.delivering && this.#retryTimer === null && !this.#lane.busy) {
      const record = this.queue.peek();
      if (record === undefined) return false;
      if (share-- === 0 || turn.isOver()) return true;
      this.#deliver(record);
    }
    return false;
  }

  get blocked(): BlockedRecord | null {
    const record = this.queue.peek();
    if (record === undefined || this.#attempt === 0) return null;
    return {
      offset: record.offset,
      attempt: this.#attempt,
      failures: this.#failures,
      nextAttemptAt: this.#retryTimer === null ? null : this.#retryAt,
      lastProblem: this.#lastProblem,
    };
  }

  /** A call of this epoch runs, and its answer counts. */
  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** Fires the signal of the running call, if there is one. Its answer still counts. */
  abort(reason: Error): void {
    this.#running?.context.abort(reason);
  }

  /** The epoch is over: forgets everything, aborts the running call and drops its answer when it comes. */
  end(reason: Error): void {
    this.#over = true;
    this.delivering = false;
    this.#retryTimer?.cancel();
    this.#retryTimer = null;
    this.#hungTimer?.cancel();
    this.#disown(reason);
    this.queue.clear();
  }

  #deliver(record: KafkaRecord): void {
    const { observe, clock, member } = this.#runtime;
    const { topic, partition, epoch } = this.#id;
    const attempt = ++this.#attempt;
    const { offset } = record;
    if (observe !== null) observe({ at: clock.now(), member, kind: 'delivered', topic, partition, epoch, offset, attempt });
    const context = new DeliveryContext(this.#runtime.context, record, attempt, this.#failures);
    let answer: Action | Promise<Action>;
    this.#lane.busy = true;
    try {
      answer = this.#handler.process(record, context);
      if (isThenable(answer)) {
        this.#awaitAnswer(record, { offset, attempt, context, deadline: null }, answer);
        return;
      }
    } catch (error) {
      this.#lane.leave();
      if (this.#over) this.#dropAnswer(offset, attempt);
      else this.#fail(record, attempt, error);
      return;
    }
    this.#lane.leave();
    if (this.#over) this.#dropAnswer(offset, attempt);
    else this.#settle(record, attempt, answer);
  }

  #awaitAnswer(record: KafkaRecord, call: RunningCall, answer: Promise<Action>): void {
    this.#running = call;
    const { deadlineMs } = this.#handler;
    if (deadlineMs !== null) call.deadline = this.#runtime.clock.setTimer(deadlineMs, () => this.#passDeadline(record, call, deadlineMs));
    Promise.resolve(answer).then(
      (action) => this.#answered(call, () => this.#settle(record, call.attempt, action)),
      (error: unknown) => this.#answered(call, () => this.#fail(record, call.attempt, error)),
    );
  }

  #answered(call: RunningCall, apply: () => void): void {
    call.deadline?.cancel();
    this.#hungTimer?.cancel();
    try {
      if (this.#running === call) {
        this.#running = null;
        apply();
      } else {
        this.#dropAnswer(call.offset, call.attempt);
      }
    } catch (error) {
      this.#broken(error);
    }
    this.#lane.release();
  }

  #dropAnswer(offset: number, attempt: number): void {
    const { observe, clock, member } = this.#runtime;
    if (observe !== null) observe({ at: clock.now(), member, kind: 'stale-result', ...this.#id, offset, attempt });
  }

  /** The lane stays blocked until the call settles: two calls of a lane never overlap. */
  #passDeadline(record: KafkaRecord, call: RunningCall, deadlineMs: number): void {
    const error = new KafkaError(
      'HANDLER_DEADLINE',
      `The handler of ${this.#where(record)} did not answer within ${deadlineMs} ms (attempt ${call.attempt}). Its partition waits until it does.`,
    );
    this.#disown(error);
    const { clock, logger } = this.#runtime;
    this.#hungTimer = clock.setTimer(HUNG_AFTER_MS, () => logHung(logger, record, call.attempt, HUNG_AFTER_MS));
    this.#fail(record, call.attempt, error);
  }

  /** Whatever the running call answers, it is too late. */
  #disown(reason: Error): void {
    const call = this.#running;
    if (call === null) return;
    this.#running = null;
    call.deadline?.cancel();
    call.context.abort(reason);
  }

  #settle(record: KafkaRecord, attempt: number, action: Action): void {
    if (!isKnownAction(action)) {
      const message = `The handler of ${this.#where(record)} answered ${describeAnswer(action)}, expected consume(), skip() or reject().`;
      this.#fail(record, attempt, new KafkaError('HANDLER_INVALID', message));
      return;
    }
    const { observe, clock, member } = this.#runtime;
    if (observe !== null) {
      const { topic, partition, epoch } = this.#id;
      const reason = action.type === 'consume' ? null : (action.reason ?? null);
      observe({
        at: clock.now(),
        member,
        kind: 'action',
        topic,
        partition,
        epoch,
        offset: record.offset,
        attempt,
        action: action.type,
        reason,
      });
    }
    switch (action.type) {
      case 'consume':
        this.#complete();
        return;
      case 'reject':
        logReject(this.#runtime.logger, record, attempt, action);
        this.#complete();
        return;
      case 'skip':
        this.#skip(record, attempt, action);
        return;
      default:
        assertNever(action, 'action');
    }
  }

  #complete(): void {
    this.#ledger.complete(this.#headSequence++);
    this.queue.shift();
    this.terminalCount++;
    const attempts = this.#attempt;
    this.#attempt = 0;
    if (attempts === 1) return;
    if (this.#failures > 0)
      this.#runtime.logger.info({ ...this.#id, attempts, failures: this.#failures }, 'The record that had failed is done');
    this.#failures = 0;
    this.#lastProblem = null;
  }

  #skip(record: KafkaRecord, attempt: number, { reason, retryAfterMs }: Skip): void {
    this.#lastProblem = reason === undefined ? 'skipped' : `skipped: ${reason.slice(0, LONGEST_REASON)}`;
    this.#scheduleRetry(record, attempt, skipDelayMs(this.#handler.retry, retryAfterMs, attempt - 1, this.#runtime.random));
  }

  #fail(record: KafkaRecord, attempt: number, error: unknown): void {
    const { observe, clock, member } = this.#runtime;
    const failures = ++this.#failures;
    if (observe !== null)
      observe({ at: clock.now(), member, kind: 'failed', ...this.#id, offset: record.offset, attempt, failures, error });
    this.#lastProblem = describeFailure(error);
    logFailure(this.#runtime.logger, record, attempt, failures, error);
    this.#scheduleRetry(record, attempt, backOffMs(this.#handler.retry, attempt - 1, this.#runtime.random));
  }

  #scheduleRetry(record: KafkaRecord, attempt: number, delayMs: number): void {
    if (this.#over) return;
    const { observe, clock, member } = this.#runtime;
    if (observe !== null)
      observe({ at: clock.now(), member, kind: 'retry-scheduled', ...this.#id, offset: record.offset, attempt, delayMs });
    this.#retryAt = clock.now() + delayMs;
    this.#retryTimer = clock.setTimer(delayMs, () => {
      this.#retryTimer = null;
      this.#wake();
    });
  }

  #where(record: KafkaRecord): string {
    return `${record.topic}/${record.partition}/${record.offset}`;
  }
}
