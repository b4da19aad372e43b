import type { Action, Reject, Skip } from '../action.ts';
import type { Timer } from '../clock.ts';
import type { DeadLetterResult, DeadLetterSink } from '../dead-letter/dead-letter-sink.ts';
import { KafkaError, assertNever } from '../errors.ts';
import type { Handler } from '../handler.ts';
import type { Random } from '../random.ts';
import type { KafkaRecord } from '../record.ts';
import type { PartitionEpoch } from '../transport.ts';
import { describeFailure } from './failure.ts';
import { describeAnswer, isKnownAction } from './handler-answer.ts';
import type { OpenRecord } from './open-record.ts';
import { logExhausted, logFailure, logReject, logRecovered, logSkip } from './record-log.ts';
import { backOffMs, isExhaustedByFailure, isExhaustedBySkip, skipDelayMs } from './retry.ts';
import type { Runtime } from './runtime.ts';

/** Characters of a skip's reason that health and the log show. */
const LONGEST_REASON = 200;
/** Back-off of dead letters that were not acknowledged. */
const DEAD_LETTER_RETRY = { initialDelayMs: 100, maxDelayMs: 30_000, factor: 2 };

/** What an order does with a record whose answer was taken. */
export interface SettledRecords {
  /** It is terminal. */
  done(open: OpenRecord): void;
  /** It is delivered again after `delayMs`. */
  again(open: OpenRecord, delayMs: number): void;
  /** Its lane stands still. */
  halt(open: OpenRecord, error: KafkaError): void;
}

/** Turns the answers of one partition in one epoch into what becomes of their records, and marks what is rejected. */
export class RecordSettler {
  readonly #runtime: Runtime;
  readonly #id: PartitionEpoch;
  readonly #handler: Handler;
  readonly #deadLetters: DeadLetterSink | null;
  readonly #order: SettledRecords;
  readonly #broken: (error: unknown) => void;
  /** Waits between two attempts at a dead letter. */
  readonly #timers = new Map<OpenRecord, Timer>();
  #random: Random;
  /** Who waits for what is rejected by hand. */
  readonly #byHand = new Map<OpenRecord, () => void>();
  #marking = 0;
  #whenMarked: (() => void)[] = [];
  #over = false;

  constructor(
    runtime: Runtime,
    options: {
      readonly id: PartitionEpoch;
      readonly handler: Handler;
      readonly deadLetters: DeadLetterSink | null;
      readonly order: SettledRecords;
      readonly broken: (error: unknown) => void;
    },
  ) {
    this.#runtime = runtime;
    this.#random = runtime.random;
    this.#id = options.id;
    this.#handler = options.handler;
    this.#deadLetters = (options.handler.deadLetter ?? null) === null ? null : options.deadLetters;
    this.#order = options.order;
    this.#broken = options.broken;
  }

  /** What the handler answered, if it is an action at all. */
  answered(open: OpenRecord, action: Action): void {
    if (!isKnownAction(action)) {
      const message = `The handler of ${placeOf(open.record)} answered ${describeAnswer(action)}, expected consume(), skip() or reject().`;
      this.failed(open, new KafkaError('HANDLER_INVALID', message));
      return;
    }
    switch (action.type) {
      case 'consume':
        this.#observeAction(open, 'consume', null);
        if (open.attempt > 1) logRecovered(this.#runtime.log, open);
        this.#order.done(open);
        return;
      case 'reject':
        this.#reject(open, action);
        return;
      case 'skip':
        this.#skip(open, action);
        return;
      default:
        assertNever(action, 'action');
    }
  }

  /** It threw, rejected its promise, answered nothing valid or passed its deadline. */
  failed(open: OpenRecord, error: unknown): void {
    const { observe, clock, member, log } = this.#runtime;
    const now = clock.now();
    if (++open.failures === 1) open.firstFailedAt = now;
    const { attempt, failures, record } = open;
    if (observe !== null) observe({ at: now, member, kind: 'failed', ...this.#id, offset: record.offset, attempt, failures, error });
    open.lastProblem = describeFailure(error);
    logFailure(log, record, attempt, failures, error);
    const retries = attempt - 1;
    if (isExhaustedByFailure(this.#handler.retry, open, now, error)) this.#exhaust(open, 'retries-exhausted', error, null);
    else this.#scheduleRetry(open, backOffMs(this.#handler.retry, retries, this.#random));
  }

  /** What is answered within has one random draw for its delays: records of a call that failed as one come back as one. */
  together(answer: () => void): void {
    const { random } = this.#runtime;
    let drawn: number | null = null;
    this.#random = { next: () => (drawn ??= random.next()) };
    try {
      answer();
    } finally {
      this.#random = random;
    }
  }

  /** Somebody decided that a record goes to the dead letters. Resolves when it is there, when its lane is halted again, or when the epoch is over. */
  rejectByHand(open: OpenRecord, cause: KafkaError): Promise<void> {
    this.#reject(open, { reason: 'sent-by-hand', cause });
    return open.state === 'marking' ? new Promise((resolve) => this.#byHand.set(open, resolve)) : Promise.resolve();
  }

  /** Resolves when no dead letter is on its way. */
  whenMarked(): Promise<void> {
    return this.#marking > 0 ? new Promise((resolve) => this.#whenMarked.push(resolve)) : Promise.resolve();
  }

  /** Whatever is on its way is no longer waited for. */
  end(): void {
    this.#over = true;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#marking = 0;
    for (const resolve of this.#byHand.values()) resolve();
    this.#byHand.clear();
    this.#tellMarked();
  }

  #skip(open: OpenRecord, { reason, retryAfterMs }: Skip): void {
    const now = this.#runtime.clock.now();
    this.#observeAction(open, 'skip', reason ?? null);
    if (++open.skips === 1) open.firstSkippedAt = now;
    const shown = reason === undefined ? null : reason.slice(0, LONGEST_REASON);
    open.lastProblem = shown === null ? 'skipped' : `skipped: ${shown}`;
    logSkip(this.#runtime.log, open, shown);
    if (isExhaustedBySkip(this.#handler.retry, open, now)) this.#exhaust(open, 'skips-exhausted', undefined, retryAfterMs ?? null);
    else this.#scheduleRetry(open, skipDelayMs(this.#handler.retry, retryAfterMs, open.attempt - 1, this.#random));
  }

  #exhaust(open: OpenRecord, reason: 'retries-exhausted' | 'skips-exhausted', cause: unknown, retryAfterMs: number | null): void {
    const { retry } = this.#handler;
    const onExhausted = retry.onExhausted ?? (this.#deadLetters === null ? 'continue' : 'reject');
    if (onExhausted === 'reject') {
      this.#reject(open, { reason, cause });
    } else if (onExhausted === 'halt') {
      const message = `${placeOf(open.record)}: ${exhaustion(open, reason)}, and its handler halts then. Its lane stands still until it is tried again or sent to the dead letters by hand.`;
      this.#order.halt(open, new KafkaError('RECORD_EXHAUSTED', message, { cause, details: { reason } }));
    } else {
      logExhausted(this.#runtime.log, open, reason);
      this.#scheduleRetry(open, Math.max(retryAfterMs ?? 0, backOffMs(retry, Number.MAX_SAFE_INTEGER, this.#random)));
    }
  }

  #reject(open: OpenRecord, answer: Pick<Reject, 'reason' | 'cause'>): void {
    this.#observeAction(open, 'reject', answer.reason);
    logReject(this.#runtime.log, open.record, open.attempt, answer);
    const sink = this.#deadLetters;
    if (sink === null) {
      this.#order.done(open);
      return;
    }
    open.state = 'marking';
    this.#marking++;
    this.#mark(open, sink, answer, 0);
  }

  /** One attempt. Nothing of it is believed when the epoch is over: the next owner rejects the record again. */
  #mark(open: OpenRecord, sink: DeadLetterSink, { reason, cause }: Pick<Reject, 'reason' | 'cause'>, retries: number): void {
    const { observe, clock, member } = this.#runtime;
    const { record, attempt, failures } = open;
    if (observe !== null) {
      const target = sink.targetOf(record.topic);
      observe({ at: clock.now(), member, kind: 'dead-letter-sent', ...this.#id, offset: record.offset, attempt, target, reason });
    }
    sink.send({ record, reason, cause, attempts: attempt, failures }).then(
      (result) => {
        try {
          this.#marked(open, sink, { reason, cause }, retries, result);
        } catch (error) {
          this.#broken(error);
        }
      },
      (error: unknown) => this.#broken(error),
    );
  }

  #marked(
    open: OpenRecord,
    sink: DeadLetterSink,
    answer: Pick<Reject, 'reason' | 'cause'>,
    retries: number,
    result: DeadLetterResult,
  ): void {
    const { observe, clock, member, random } = this.#runtime;
    const place = { ...this.#id, offset: open.record.offset, attempt: open.attempt, target: result.target };
    if (result.outcome === 'acknowledged') {
      const { partition: targetPartition, offset: targetOffset, pointer } = result;
      if (observe !== null) observe({ at: clock.now(), member, kind: 'dead-lettered', ...place, targetPartition, targetOffset, pointer });
      if (this.#over) return;
      this.#order.done(open);
      this.#leaveMarking(open);
      return;
    }
    const { error, retriable } = result;
    if (observe !== null) observe({ at: clock.now(), member, kind: 'dead-letter-failed', ...place, error, retriable });
    if (this.#over) return;
    if (!retriable) {
      this.#order.halt(open, error);
      this.#leaveMarking(open);
      return;
    }
    const { topic, partition } = this.#id;
    const { record, attempt } = open;
    if (retries === 0)
      this.#runtime.log.fold(
        'dead-letter-failed',
        error.code,
        { topic, partition, offset: record.offset, attempt, target: result.target, code: error.code, err: error },
        'Dead letter not acknowledged; the record stays open and it is sent again',
      );
    const timer = clock.setTimer(backOffMs(DEAD_LETTER_RETRY, retries, random), () => {
      this.#timers.delete(open);
      this.#mark(open, sink, answer, retries + 1);
    });
    this.#timers.set(open, timer);
  }

  #scheduleRetry(open: OpenRecord, delayMs: number): void {
    if (this.#over) return;
    const { observe, clock, member } = this.#runtime;
    const { record, attempt } = open;
    if (observe !== null)
      observe({ at: clock.now(), member, kind: 'retry-scheduled', ...this.#id, offset: record.offset, attempt, delayMs });
    open.state = 'waiting';
    open.retryAt = clock.now() + delayMs;
    this.#order.again(open, delayMs);
  }

  #observeAction({ record, attempt }: OpenRecord, action: Action['type'], reason: string | null): void {
    const { observe, clock, member } = this.#runtime;
    if (observe === null) return;
    const { topic, partition, epoch } = this.#id;
    const base = {
      at: clock.now(),
      member,
      kind: 'action',
      topic,
      partition,
      epoch,
      offset: record.offset,
      attempt,
      action,
      reason,
    } as const;
    observe(action === 'reject' && this.#deadLetters !== null ? { ...base, deadLetter: true } : base);
  }

  #leaveMarking(open: OpenRecord): void {
    this.#marking--;
    this.#byHand.get(open)?.();
    this.#byHand.delete(open);
    this.#tellMarked();
  }

  #tellMarked(): void {
    if (this.#marking > 0 || this.#whenMarked.length === 0) return;
    const waiting = this.#whenMarked;
    this.#whenMarked = [];
    for (const resolve of waiting) resolve();
  }
}

function exhaustion({ failures, skips }: OpenRecord, reason: 'retries-exhausted' | 'skips-exhausted'): string {
  return reason === 'retries-exhausted' ? `the record failed ${failures} times` : `the record was skipped ${skips} times`;
}

function placeOf({ topic, partition, offset }: KafkaRecord): string {
  return `${topic}/${partition}/${offset}`;
}
