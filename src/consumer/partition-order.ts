import type { Action } from '../action.ts';
import type { Timer } from '../clock.ts';
import type { KafkaError } from '../errors.ts';
import type { KafkaRecord } from '../record.ts';
import type { GateVisitor } from './call-gate.ts';
import { DeliveryContext } from './delivery-context.ts';
import type { Turn } from './dispatcher.ts';
import { HaltedLanes } from './halted-lanes.ts';
import { HandlerCall, HandlerCalls } from './handler-calls.ts';
import type { CallOwner } from './handler-calls.ts';
import { isThenable } from './handler-answer.ts';
import { WHOLE_PARTITION } from './lane.ts';
import { OpenRecord } from './open-record.ts';
import type { OrderOptions } from './order-options.ts';
import type { BlockedRecord, HaltedLane, RecordOrder } from './record-order.ts';
import { RecordQueue } from './record-queue.ts';
import { RecordSettler } from './record-settler.ts';
import type { SettledRecords } from './record-settler.ts';
import type { Runtime } from './runtime.ts';

/** Deliveries of one partition in a row before another partition gets its turn. */
const FAIR_SHARE = 256;
const LANES = [WHOLE_PARTITION] as const;

/**
 * Delivers the records of one partition in one epoch in order, one call at a time; whatever is not terminal holds the rest.
 * Skips and failures are delivered again from memory. This is the path of most records: one that is answered at once costs
 * no promise, and no object but its context.
 */
export class PartitionOrder implements RecordOrder, SettledRecords, CallOwner, GateVisitor {
  delivering = false;
  terminalCount = 0;
  readonly #runtime: Runtime;
  readonly #options: OrderOptions;
  readonly #queue: RecordQueue = new RecordQueue();
  readonly #settler: RecordSettler;
  readonly #calls: HandlerCalls;
  readonly #halted: HaltedLanes;
  /** What happened to the head of the queue; `done` while it was not delivered yet. Always the same object. */
  readonly #head: OpenRecord;
  #over = false;
  #headSequence = 0;
  #retryTimer: Timer | null = null;
  #isInRun = false;

  constructor(runtime: Runtime, options: OrderOptions) {
    this.#runtime = runtime;
    this.#options = options;
    const { id, handler } = options;
    this.#head = new OpenRecord(NO_RECORD, -1);
    this.#head.state = 'done';
    this.#settler = new RecordSettler(runtime, { ...options, order: this });
    this.#calls = new HandlerCalls(runtime, { ...options, id, handler, owner: this });
    this.#halted = new HaltedLanes(runtime, {
      id,
      calls: this.#calls,
      settler: this.#settler,
      released: () => options.wake(),
      withdrawn: (open) => {
        this.#retryTimer?.cancel();
        this.#retryTimer = null;
        open.retryAt = null;
      },
    });
  }

  get queued(): number {
    return this.#queue.length;
  }

  get bytes(): number {
    return this.#queue.bytes;
  }

  get running(): number {
    return this.#calls.running;
  }

  get retrying(): number {
    return this.#retryTimer === null ? 0 : 1;
  }

  get overlaps(): number {
    return this.#calls.overlaps;
  }

  /** The head stays in the queue until it is terminal. */
  get oldestTimestamp(): number | null {
    return this.#queue.peek()?.timestamp ?? null;
  }

  get blocked(): BlockedRecord | null {
    const { state, record, attempt, failures, skips, retryAt, lastProblem } = this.#head;
    if (state === 'done') return null;
    return { offset: record.offset, attempt, failures, skips, nextAttemptAt: retryAt, lastProblem };
  }

  get haltedLanes(): readonly HaltedLane[] {
    return this.#halted.shown;
  }

  push(records: readonly KafkaRecord[]): void {
    this.#queue.push(records);
  }

  run(turn: Turn): boolean {
    let goesOn = false;
    this.#isInRun = true;
    try {
      goesOn = this.#run(turn);
      return goesOn;
    } finally {
      this.#isInRun = false;
      if (!goesOn) this.#options.gates?.turnOver(this);
    }
  }

  gateOpened(): void {
    this.#options.wake();
  }

  laneFree(): void {
    this.#options.wake();
  }

  abort(reason: Error): void {
    this.#calls.abort(reason);
  }

  async whenQuiet(): Promise<void> {
    await this.#calls.whenIdle();
    await this.#settler.whenMarked();
  }

  retryHalted(offset: number | null): number {
    return this.#halted.retry(offset);
  }

  deadLetterHalted(offset: number): Promise<boolean> {
    return this.#halted.deadLetter(offset);
  }

  end(reason: KafkaError): void {
    this.#over = true;
    this.delivering = false;
    this.#retryTimer?.cancel();
    this.#retryTimer = null;
    this.#calls.end(reason);
    this.#options.gates?.forget(this);
    this.#settler.end();
    this.#halted.clear();
    this.#queue.clear();
    this.#head.state = 'done';
  }

  // What becomes of the head

  done(open: OpenRecord): void {
    this.#options.ledger.complete(this.#headSequence++);
    this.#queue.shift();
    this.terminalCount++;
    open.state = 'done';
    if (!this.#isInRun) this.#options.wake();
  }

  again(open: OpenRecord, delayMs: number): void {
    this.#retryTimer = this.#runtime.clock.setTimer(delayMs, () => {
      this.#retryTimer = null;
      open.retryAt = null;
      this.#options.wake();
    });
  }

  halt(open: OpenRecord, error: KafkaError): void {
    this.#halted.halt(open, error);
  }

  late(call: HandlerCall, error: KafkaError): void {
    for (const open of call.opens) this.#settler.failed(open, error);
  }

  hangs(call: HandlerCall): void {
    this.#halted.hangs(call);
  }

  hangsNoMore(call: HandlerCall): void {
    this.#halted.hangsNoMore(call);
  }

  #run(turn: Turn): boolean {
    const { gates, lanes } = this.#options;
    let share = FAIR_SHARE;
    while (this.delivering && this.#isHeadReady && !lanes.isBusy(WHOLE_PARTITION)) {
      const record = this.#queue.peek();
      if (record === undefined) return false;
      if (share-- === 0 || turn.isOver()) return true;
      if (this.#head.state === 'done' && this.#options.claims()?.has(record.offset) === true) {
        this.#passOver(record);
        continue;
      }
      if (gates !== null && gates.enter(this, 1) === 0) return false;
      this.#deliver(record);
    }
    return false;
  }

  get #isHeadReady(): boolean {
    const { state, retryAt } = this.#head;
    return state === 'done' || (state === 'waiting' && retryAt === null);
  }

  /** An earlier owner had done it. */
  #passOver(record: KafkaRecord): void {
    const { observe, clock, member } = this.#runtime;
    if (observe !== null) observe({ at: clock.now(), member, kind: 'already-done', ...this.#options.id, offset: record.offset });
    this.#options.ledger.complete(this.#headSequence++);
    this.#queue.shift();
    this.terminalCount++;
  }

  #deliver(record: KafkaRecord): void {
    const { observe, clock, member } = this.#runtime;
    const { id, handler, gates } = this.#options;
    const { topic, partition, epoch } = id;
    const head = this.#head;
    if (head.state === 'done') head.reset(record, this.#headSequence);
    head.state = 'running';
    const attempt = ++head.attempt;
    const { offset } = record;
    if (observe !== null) observe({ at: clock.now(), member, kind: 'delivered', topic, partition, epoch, offset, attempt });
    const context = new DeliveryContext(this.#runtime.context, record, attempt, head.failures);
    let answer: Action | Promise<Action>;
    try {
      answer = handler.process(record, context);
      if (isThenable(answer)) {
        this.#calls.begin(
          new HandlerCall([head], LANES, context),
          answer,
          (action) => this.#settler.answered(head, action),
          (error) => this.#settler.failed(head, error),
        );
        return;
      }
    } catch (error) {
      gates?.leave();
      if (this.#over) this.#calls.dropAnswer(offset, attempt);
      else this.#settler.failed(head, error);
      return;
    }
    gates?.leave();
    if (this.#over) this.#calls.dropAnswer(offset, attempt);
    else this.#settler.answered(head, answer);
  }
}

/** Stands where no record was delivered yet. */
const NO_RECORD: KafkaRecord = { topic: '', partition: -1, offset: -1, timestamp: -1, key: null, value: null, headers: [] };
