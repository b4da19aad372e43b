import type { Action } from '../action.ts';
import type { Timer } from '../clock.ts';
import type { KafkaError } from '../errors.ts';
import type { KafkaRecord } from '../record.ts';
import type { GateVisitor } from './call-gate.ts';
import { Deliveries } from './deliveries.ts';
import type { DeliveringOrder } from './deliveries.ts';
import { DeliveryContext } from './delivery-context.ts';
import type { Turn } from './dispatcher.ts';
import { HandlerCall } from './handler-calls.ts';
import { isThenable } from './handler-answer.ts';
import { WHOLE_PARTITION } from './lane.ts';
import { OpenRecord } from './open-record.ts';
import type { OrderOptions } from './order-options.ts';
import type { BlockedRecord, RecordOrder } from './record-order.ts';
import type { RecordSettler } from './record-settler.ts';
import { RecordQueue } from './record-queue.ts';
import type { Runtime } from './runtime.ts';

/** Deliveries of one partition in a row before another partition gets its turn. */
const FAIR_SHARE = 256;
const LANES = [WHOLE_PARTITION] as const;

/**
 * Delivers the records of one partition in one epoch in order, one call at a time; whatever is not terminal holds the rest.
 * Skips and failures are delivered again from memory. This is the path of most records: one that is answered at once costs
 * no promise, and no object but its context.
 */
export class PartitionOrder implements RecordOrder, DeliveringOrder, GateVisitor {
  delivering = false;
  terminalCount = 0;
  readonly deliveries: Deliveries;
  readonly #settler: RecordSettler;
  readonly #runtime: Runtime;
  readonly #options: OrderOptions;
  readonly #queue: RecordQueue = new RecordQueue();
  /** What happened to the head of the queue; `done` while it was not delivered yet. Always the same object. */
  readonly #head: OpenRecord;
  #over = false;
  #headSequence = 0;
  #retryTimer: Timer | null = null;
  #isInRun = false;

  constructor(runtime: Runtime, options: OrderOptions) {
    this.#runtime = runtime;
    this.#options = options;
    this.#head = new OpenRecord(NO_RECORD, -1);
    this.#head.state = 'done';
    this.deliveries = new Deliveries(runtime, options, this);
    this.#settler = this.deliveries.settler;
  }

  get queued(): number {
    return this.#queue.length;
  }

  get bytes(): number {
    return this.#queue.bytes;
  }

  get retrying(): number {
    return this.#retryTimer === null ? 0 : 1;
  }

  /** The head stays in the queue until it is terminal. */
  get oldestTimestamp(): number | null {
    return this.#queue.peek()?.timestamp ?? null;
  }

  get blocked(): BlockedRecord | null {
    return this.#head.state === 'done' ? null : this.#head.shown;
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

  end(reason: KafkaError): void {
    this.#over = true;
    this.delivering = false;
    this.#retryTimer?.cancel();
    this.#retryTimer = null;
    this.deliveries.end(reason);
    this.#options.gates?.forget(this);
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
    this.deliveries.halt(open, error);
  }

  released(): void {
    this.#options.wake();
  }

  withdrawn(open: OpenRecord): void {
    this.#retryTimer?.cancel();
    this.#retryTimer = null;
    open.retryAt = null;
  }

  late(call: HandlerCall, error: KafkaError): void {
    for (const open of call.opens) this.#settler.failed(open, error);
  }

  #run(turn: Turn): boolean {
    const { gates, lanes } = this.#options;
    let share = FAIR_SHARE;
    while (this.delivering && this.#isHeadReady && !lanes.isBusy(WHOLE_PARTITION)) {
      const record = this.#queue.peek();
      if (record === undefined) return false;
      if (share-- === 0 || turn.isOver()) return true;
      if (this.#head.state === 'done' && this.#options.claims?.has(record.offset) === true) {
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
        this.deliveries.calls.begin(
          new HandlerCall([head], LANES, context),
          answer,
          (action) => this.#settler.answered(head, action),
          (error) => this.#settler.failed(head, error),
        );
        return;
      }
    } catch (error) {
      gates?.leave();
      if (this.#over) this.deliveries.calls.dropAnswer(offset, attempt);
      else this.#settler.failed(head, error);
      return;
    }
    gates?.leave();
    if (this.#over) this.deliveries.calls.dropAnswer(offset, attempt);
    else this.#settler.answered(head, answer);
  }
}

/** Stands where no record was delivered yet. */
const NO_RECORD: KafkaRecord = { topic: '', partition: -1, offset: -1, timestamp: -1, key: null, value: null, headers: [] };
