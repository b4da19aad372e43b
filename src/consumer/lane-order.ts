import type { Action } from '../action.ts';
import type { Timer } from '../clock.ts';
import { KafkaError } from '../errors.ts';
import type { BatchOptions, FailedAnswer, Ordering } from '../handler.ts';
import type { KafkaRecord } from '../record.ts';
import { BatchCallContext } from './batch-call-context.ts';
import type { GateVisitor } from './call-gate.ts';
import { recordBytes } from './compact-record.ts';
import { Deliveries } from './deliveries.ts';
import type { DeliveringOrder } from './deliveries.ts';
import { DeliveryContext } from './delivery-context.ts';
import type { Turn } from './dispatcher.ts';
import { DueRecords } from './due-records.ts';
import { Fifo } from './fifo.ts';
import { HandlerCall } from './handler-calls.ts';
import { isThenable } from './handler-answer.ts';
import type { LaneKey } from './lane.ts';
import { LaneState, laneKeyOf } from './lane-state.ts';
import { OpenRecord } from './open-record.ts';
import type { OrderOptions } from './order-options.ts';
import type { BlockedRecord, RecordOrder } from './record-order.ts';
import type { RecordSettler } from './record-settler.ts';
import { RecordQueue } from './record-queue.ts';
import type { Runtime } from './runtime.ts';

/** Records that one partition may look at in a row before another partition gets its turn. */
const FAIR_SHARE = 256;
/** Records that came after the head of a lane, from which on what waits behind it is compacted although its call may end soon. */
const LONG_CALL_RECORDS = 1_000;
const ONE_RECORD: Required<BatchOptions> = { maxRecords: 1, maxBytes: Number.POSITIVE_INFINITY, lingerMs: 0 };

/**
 * Delivers the records of one partition in one epoch by lanes: those of a lane in order and never two calls of it at a time,
 * lanes side by side as far as the gates allow. A call has one record, or several where the handler takes batches; then a
 * lane's records may go together. What is skipped or fails is delivered again from memory, and holds its lane only.
 */
export class LaneOrder implements RecordOrder, DeliveringOrder, GateVisitor {
  delivering = false;
  terminalCount = 0;
  readonly deliveries: Deliveries;
  readonly #settler: RecordSettler;
  readonly #runtime: Runtime;
  readonly #options: OrderOptions;
  readonly #ordering: Ordering;
  readonly #batch: Required<BatchOptions>;
  readonly #queue: RecordQueue = new RecordQueue();
  readonly #due: DueRecords;
  readonly #lanes = new Map<LaneKey, LaneState>();
  readonly #ready: Fifo<LaneState> = new Fifo();
  /** The next call, while it is put together. */
  #forming: OpenRecord[] = [];
  #formingBytes = 0;
  #linger: Timer | null = null;
  #isLingerOver = false;
  #nextSequence = 0;
  #held = 0;
  #heldBytes = 0;
  #isInRun = false;
  #over = false;

  constructor(runtime: Runtime, options: OrderOptions) {
    this.#runtime = runtime;
    this.#options = options;
    const { handler, gates } = options;
    this.#ordering = handler.ordering ?? 'partition';
    const batch = handler.batch ?? ONE_RECORD;
    this.#batch = { ...batch, maxRecords: Math.min(batch.maxRecords, gates?.mostAtOnce ?? batch.maxRecords) };
    this.#due = new DueRecords(runtime.clock, (opens) => {
      for (const open of opens) this.#consider(open.lane);
    });
    this.deliveries = new Deliveries(runtime, options, this);
    this.#settler = this.deliveries.settler;
  }

  get queued(): number {
    return this.#queue.length + this.#held;
  }

  get bytes(): number {
    return this.#queue.bytes + this.#heldBytes;
  }

  get retrying(): number {
    return this.#due.count;
  }

  /** What is still in the queue is above all that is in a lane. */
  get oldestTimestamp(): number | null {
    return (this.#lowest(0)?.record ?? this.#queue.peek())?.timestamp ?? null;
  }

  get blocked(): BlockedRecord | null {
    return this.#lowest(1)?.shown ?? null;
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

  laneFree(key: LaneKey): void {
    this.#consider(key);
  }

  end(reason: KafkaError): void {
    this.#over = true;
    this.delivering = false;
    this.#due.clear();
    this.#linger?.cancel();
    this.deliveries.end(reason);
    this.#options.gates?.forget(this);
    this.#lanes.clear();
    this.#ready.clear();
    this.#queue.clear();
    this.#forming = [];
    this.#held = 0;
    this.#heldBytes = 0;
  }

  // What becomes of a record

  done(open: OpenRecord): void {
    this.#options.ledger.complete(open.sequence);
    open.state = 'done';
    this.#lanes.get(open.lane)?.recordDone();
    this.terminalCount++;
    this.#held--;
    this.#heldBytes -= recordBytes(open.record);
    this.#consider(open.lane);
  }

  again(open: OpenRecord, delayMs: number): void {
    this.#due.add(open, delayMs);
    this.#lanes.get(open.lane)?.compact();
  }

  halt(open: OpenRecord, error: KafkaError): void {
    this.deliveries.halt(open, error);
    this.#lanes.get(open.lane)?.compact();
  }

  released(open: OpenRecord): void {
    this.#consider(open.lane);
  }

  withdrawn(open: OpenRecord): void {
    this.#due.remove(open);
    open.retryAt = null;
  }

  late(call: HandlerCall, error: KafkaError): void {
    this.#release(call.opens);
    this.#settler.together(() => call.opens.forEach((open) => this.#settler.failed(open, error)));
  }

  // Within

  /** Of the heads of the lanes that were delivered so often at least. Looks at every lane: for health, and not for each record. */
  #lowest(leastAttempts: number): OpenRecord | null {
    let lowest: OpenRecord | null = null;
    for (const { head } of this.#lanes.values())
      if (head !== undefined && head.attempt >= leastAttempts && (lowest === null || head.sequence < lowest.sequence)) lowest = head;
    return lowest;
  }

  #run(turn: Turn): boolean {
    let share = FAIR_SHARE;
    while (this.delivering) {
      if (share <= 0 || turn.isOver()) return true;
      share -= this.#gather(share);
      const { length } = this.#forming;
      // A share may be less than a batch: it is put together in the next turns.
      if (length === 0 || (share <= 0 && !this.#isFull)) return share <= 0;
      if (!this.#isFull && this.#waitsForMore()) return false;
      const granted = this.#options.gates?.enter(this, length) ?? length;
      if (granted === 0) return false;
      this.#deliver(this.#takeForming(granted));
    }
    return false;
  }

  get #isFull(): boolean {
    return this.#forming.length >= this.#batch.maxRecords || this.#formingBytes >= this.#batch.maxBytes;
  }

  /** Adds to the next call what may be delivered, lanes that were held up first. Returns the number of records that it looked at. */
  #gather(most: number): number {
    let seen = 0;
    while (!this.#isFull && seen < most) {
      const lane = this.#ready.peek();
      if (lane === undefined) {
        if (!this.#pull()) break;
        seen++;
        continue;
      }
      const open = this.#isBlocked(lane) ? undefined : lane.deliverable;
      if (open === undefined) {
        lane.isQueued = false;
        this.#ready.shift();
        if (lane.isEmpty) this.#lanes.delete(lane.key);
        continue;
      }
      const bytes = recordBytes(open.record);
      if (this.#forming.length > 0 && this.#formingBytes + bytes > this.#batch.maxBytes) {
        this.#formingBytes = this.#batch.maxBytes;
        break;
      }
      lane.take();
      lane.taken = 'forming';
      this.#forming.push(open);
      this.#formingBytes += bytes;
      seen++;
    }
    return Math.max(seen, 1);
  }

  /** Whether the lane's calls, of this epoch or an older one, keep it from being delivered. */
  #isBlocked(lane: LaneState): boolean {
    return lane.taken === 'called' || this.#options.lanes.isBusy(lane.key);
  }

  /** Takes one record from the queue into its lane; false when there is none. */
  #pull(): boolean {
    const record = this.#queue.peek();
    if (record === undefined) return false;
    this.#queue.shift();
    const sequence = this.#nextSequence++;
    if (this.#options.claims?.has(record.offset) === true) {
      this.#passOver(record, sequence);
      return true;
    }
    const open = new OpenRecord(record, sequence);
    open.lane = laneKeyOf(this.#ordering, record);
    this.#held++;
    this.#heldBytes += recordBytes(record);
    let lane = this.#lanes.get(open.lane);
    if (lane === undefined) this.#lanes.set(open.lane, (lane = new LaneState(open.lane)));
    const isLong = lane.isHeldUp || (lane.head !== undefined && sequence - lane.head.sequence > LONG_CALL_RECORDS);
    lane.push(open);
    if (isLong) lane.compact();
    this.#makeReady(lane);
    return true;
  }

  /** An earlier owner had done it. */
  #passOver(record: KafkaRecord, sequence: number): void {
    const { observe, clock, member } = this.#runtime;
    if (observe !== null) observe({ at: clock.now(), member, kind: 'already-done', ...this.#options.id, offset: record.offset });
    this.#options.ledger.complete(sequence);
    this.terminalCount++;
  }

  /** Whether the call lets its first record wait for company. */
  #waitsForMore(): boolean {
    if (this.#batch.lingerMs === 0 || this.#isLingerOver) return false;
    this.#linger ??= this.#runtime.clock.setTimer(this.#batch.lingerMs, () => {
      this.#linger = null;
      this.#isLingerOver = true;
      this.#options.wake();
    });
    return true;
  }

  /** The first `count` records of the call that was put together; what there is no room for goes back to its lane. */
  #takeForming(count: number): readonly OpenRecord[] {
    const opens = this.#forming.slice(0, count);
    const left = this.#forming.slice(count);
    this.#forming = [];
    this.#formingBytes = 0;
    this.#linger?.cancel();
    this.#linger = null;
    this.#isLingerOver = false;
    for (const open of opens) this.#laneOf(open).taken = 'called';
    for (const open of left) {
      const lane = this.#laneOf(open);
      if (lane.taken === 'called') continue;
      lane.taken = null;
      lane.settle();
      this.#makeReady(lane);
    }
    return opens;
  }

  #laneOf(open: OpenRecord): LaneState {
    const lane = this.#lanes.get(open.lane);
    if (lane === undefined) throw new RangeError(`The lane of offset ${open.record.offset} is gone although the record is open.`);
    return lane;
  }

  #deliver(opens: readonly OpenRecord[]): void {
    const batch = this.#options.handler.batch == null ? undefined : this.#runtime.nextBatch();
    for (const open of opens) this.#begin(open, batch);
    if (batch === undefined) this.#callOne(opens[0] as OpenRecord);
    else this.#callBatch(opens);
  }

  #begin(open: OpenRecord, batch: number | undefined): void {
    const { observe, clock, member } = this.#runtime;
    const { topic, partition, epoch } = this.#options.id;
    open.state = 'running';
    const attempt = ++open.attempt;
    if (observe === null) return;
    const delivered = { at: clock.now(), member, kind: 'delivered', topic, partition, epoch, offset: open.record.offset, attempt } as const;
    observe(batch === undefined ? delivered : { ...delivered, batch });
  }

  #callOne(open: OpenRecord): void {
    const { handler, gates } = this.#options;
    const { record, attempt } = open;
    const context = new DeliveryContext(this.#runtime.context, record, attempt, open.failures);
    let settle: () => void;
    try {
      const answer = handler.process(record, context);
      if (isThenable(answer)) {
        const call = new HandlerCall([open], [open.lane], context);
        this.deliveries.calls.begin(
          call,
          answer,
          (action) => this.#settle(call.opens, () => this.#settler.answered(open, action)),
          (error) => this.#settle(call.opens, () => this.#settler.failed(open, error)),
        );
        return;
      }
      settle = () => this.#settler.answered(open, answer);
    } catch (error) {
      settle = () => this.#settler.failed(open, error);
    }
    gates?.leave();
    if (this.#over) this.deliveries.calls.dropAnswer(record.offset, attempt);
    else this.#settle([open], settle);
  }

  #callBatch(opens: readonly OpenRecord[]): void {
    const { handler } = this.#options;
    const { context: services } = this.#runtime;
    const contexts = opens.map((open) => new DeliveryContext(services, open.record, open.attempt, open.failures));
    const context = new BatchCallContext(services, (opens[0] as OpenRecord).record, opens.length);
    const lanes = [...new Set(opens.map((open) => open.lane))];
    const call = new HandlerCall(opens, lanes, context);
    const settle = (each: (open: OpenRecord, index: number) => void): void =>
      this.#settle(opens, () => this.#settler.together(() => opens.forEach(each)));
    const failed = (error: unknown): void => settle((open) => this.#settler.failed(open, error));
    const answered = (answers: readonly (Action | FailedAnswer)[]): void => {
      if (answers.length !== opens.length) failed(wrongAnswers(answers.length, opens.length));
      else settle((open, index) => this.#settleOne(open, answers[index] as Action | FailedAnswer));
    };
    let answer: readonly (Action | FailedAnswer)[] | Promise<readonly (Action | FailedAnswer)[]>;
    try {
      answer = handler.processBatch?.(contexts, context) ?? [];
    } catch (error) {
      answer = Promise.reject(error as Error);
    }
    this.deliveries.calls.begin(call, Promise.resolve(answer), answered, failed);
  }

  #settleOne(open: OpenRecord, answer: Action | FailedAnswer): void {
    if (answer.type === 'failed') this.#settler.failed(open, answer.error);
    else this.#settler.answered(open, answer);
  }

  /** The call is over: its lanes go on from what its answers left. */
  #settle(opens: readonly OpenRecord[], apply: () => void): void {
    apply();
    this.#release(opens);
    for (const open of opens) this.#consider(open.lane);
  }

  #release(opens: readonly OpenRecord[]): void {
    for (const open of opens) {
      const lane = this.#lanes.get(open.lane);
      if (lane !== undefined) lane.taken = null;
    }
  }

  /** Something changed in this lane: it may be ready, or empty. */
  #consider(key: LaneKey): void {
    const lane = this.#lanes.get(key);
    if (lane === undefined || lane.taken !== null) return;
    lane.settle();
    if (lane.isEmpty) {
      // One that stands among the ready leaves when its turn comes; until then a record of it finds it there.
      if (!lane.isQueued) this.#lanes.delete(key);
    } else {
      this.#makeReady(lane);
    }
    if (!this.#isInRun && !this.#over) this.#options.wake();
  }

  #makeReady(lane: LaneState): void {
    if (lane.isQueued || lane.deliverable === undefined || this.#isBlocked(lane)) return;
    lane.isQueued = true;
    this.#ready.push(lane);
  }
}

function wrongAnswers(given: number, expected: number): KafkaError {
  return new KafkaError('HANDLER_INVALID', `The handler gave ${given} answers for a batch of ${expected} records.`);
}
