import type { Timer } from '../clock.ts';
import { KafkaError } from '../errors.ts';
import type { Handler } from '../handler.ts';
import type { PartitionEpoch } from '../transport.ts';
import type { CallGates } from './call-gate.ts';
import type { LaneKey, RunningLanes } from './lane.ts';
import type { OpenRecord } from './open-record.ts';
import { logOvertaken } from './record-log.ts';
import type { Runtime } from './runtime.ts';

/** Where a handler has no `hungAfterMs`, as one of an older copy of this package. */
const DEFAULT_HUNG_AFTER_MS = 10_000;
/** Hung calls of a partition and epoch that may be overtaken; the next one halts its lane whatever was asked for. */
const MOST_OVERLAPS = 10;

/** A handler call that answered with a promise. */
export class HandlerCall {
  /** Of the epoch that it began in; none once that is over. */
  opens: readonly OpenRecord[];
  /** As they were when it began, for the records go on. */
  readonly deliveries: readonly { readonly offset: number; readonly attempt: number }[];
  /** Those that it keeps busy, each once. */
  readonly lanes: readonly LaneKey[];
  readonly context: { abort(reason: Error): void };
  /** False when its answer comes too late, whatever it will be. */
  counts = true;
  /** Why its lanes stand still: it hangs. */
  hungBy: KafkaError | null = null;
  hungAt = 0;
  /** Its lanes and its place go on without it. */
  isOvertaken = false;
  /** When it begins to hang, by the clock that nobody sets; null where its handler has no deadline. */
  hangsAt: number | null = null;
  /** Who watches it: the calls of the epoch that holds its lanes now. */
  keeper: HandlerCalls | null = null;
  timer: Timer | null = null;

  constructor(opens: readonly OpenRecord[], lanes: readonly LaneKey[], context: { abort(reason: Error): void }) {
    this.opens = opens;
    this.lanes = lanes;
    this.context = context;
    this.deliveries = opens.map(({ record, attempt }) => ({ offset: record.offset, attempt }));
  }
}

/** What an order is told of its calls. */
export interface CallOwner {
  /** The deadline has passed: the records have failed, and the lanes stay busy. */
  late(call: HandlerCall, error: KafkaError): void;
  /** It began to hang, and its lanes stand still; or it has settled after all, or was overtaken, and they go on. */
  hangs(call: HandlerCall): void;
  hangsNoMore(call: HandlerCall): void;
}

/** The calls of one partition in one epoch that run: their deadlines, their late answers, and those that hang. */
export class HandlerCalls {
  readonly #runtime: Runtime;
  readonly #id: PartitionEpoch;
  readonly #handler: Handler;
  readonly #lanes: RunningLanes;
  readonly #gates: CallGates | null;
  readonly #owner: CallOwner;
  readonly #broken: (error: unknown) => void;
  readonly #running = new Set<HandlerCall>();
  readonly #late = new Set<HandlerCall>();
  #overlaps = 0;
  #endedBy: Error | null = null;
  #whenIdle: (() => void)[] = [];

  constructor(
    runtime: Runtime,
    options: {
      readonly id: PartitionEpoch;
      readonly handler: Handler;
      readonly lanes: RunningLanes;
      readonly gates: CallGates | null;
      readonly owner: CallOwner;
      readonly broken: (error: unknown) => void;
    },
  ) {
    this.#runtime = runtime;
    this.#id = options.id;
    this.#handler = options.handler;
    this.#lanes = options.lanes;
    this.#gates = options.gates;
    this.#owner = options.owner;
    this.#broken = options.broken;
    for (const call of this.#lanes.calls) this.#inherit(call);
  }

  /** Calls whose answers count. */
  get running(): number {
    return this.#running.size;
  }

  get overlaps(): number {
    return this.#overlaps;
  }

  /** Those that hang and hold their lanes. */
  get hung(): readonly HandlerCall[] {
    return [...this.#late].filter((call) => call.hungBy !== null && !call.isOvertaken);
  }

  /** The call has its place at the gates; it gives it back when it settles. `apply` and `fail` are called only while it counts. */
  begin<Answer>(call: HandlerCall, answer: Promise<Answer>, apply: (answer: Answer) => void, fail: (error: unknown) => void): void {
    this.#lanes.enter(call);
    call.keeper = this;
    this.#running.add(call);
    const { deadlineMs } = this.#handler;
    if (deadlineMs !== null) {
      call.hangsAt = this.#elapsedMs() + deadlineMs + this.#hungAfterMs;
      call.timer = this.#runtime.clock.setTimer(deadlineMs, () => this.#passDeadline(call, deadlineMs));
    }
    // The handler itself has ended the epoch, and answers only now.
    if (this.#endedBy !== null) {
      call.opens = [];
      this.#disown(call, this.#endedBy);
    }
    Promise.resolve(answer).then(
      (action) => this.#settle(call, () => apply(action)),
      (error: unknown) => this.#settle(call, () => fail(error)),
    );
  }

  /** Its lanes and its place go on although it runs. */
  overtake(call: HandlerCall): void {
    if (call.isOvertaken) return;
    call.isOvertaken = true;
    this.#overlaps++;
    const { observe, clock, member } = this.#runtime;
    if (observe !== null)
      for (const { offset, attempt } of call.deliveries)
        observe({ at: clock.now(), member, kind: 'overlap', ...this.#id, offset, attempt });
    this.#release(call);
  }

  /** An answer that nobody takes. */
  dropAnswer(offset: number, attempt: number): void {
    const { observe, clock, member } = this.#runtime;
    if (observe !== null) observe({ at: clock.now(), member, kind: 'stale-result', ...this.#id, offset, attempt });
  }

  abort(reason: Error): void {
    for (const call of this.#running) call.context.abort(reason);
  }

  /** Resolves when no call runs whose answer counts. */
  whenIdle(): Promise<void> {
    return this.#running.size > 0 ? new Promise((resolve) => this.#whenIdle.push(resolve)) : Promise.resolve();
  }

  /** The epoch is over. What runs on keeps its lanes busy; whoever holds the partition next in this process watches it. */
  end(reason: Error): void {
    this.#endedBy = reason;
    for (const call of this.#running) this.#disown(call, reason);
    for (const call of this.#late) call.timer?.cancel();
    for (const call of this.#lanes.calls) call.opens = [];
    this.#late.clear();
    this.#tellIdle();
  }

  get #hungAfterMs(): number {
    return this.#handler.hungAfterMs ?? DEFAULT_HUNG_AFTER_MS;
  }

  /** A wall clock that is set forward would let a lane go on beside a call that does not hang yet. */
  #elapsedMs(): number {
    const { clock } = this.#runtime;
    return clock.monotonic?.() ?? clock.now();
  }

  /** Of an earlier epoch: its answer will not count, but its lanes are ours and stand still until it settles. */
  #inherit(call: HandlerCall): void {
    call.keeper = this;
    call.hungBy = null;
    this.#late.add(call);
    if (call.hangsAt === null) return;
    const delayMs = Math.max(0, call.hangsAt - this.#elapsedMs());
    call.timer = this.#runtime.clock.setTimer(delayMs, () => this.#hang(call, this.#hungAfterMs));
  }

  #passDeadline(call: HandlerCall, deadlineMs: number): void {
    const error = new KafkaError('HANDLER_DEADLINE', deadlineMessage(this.#id, call, deadlineMs));
    this.#disown(call, error);
    this.#late.add(call);
    call.timer = this.#runtime.clock.setTimer(this.#hungAfterMs, () => this.#hang(call, this.#hungAfterMs));
    this.#owner.late(call, error);
    this.#tellIdle();
  }

  #hang(call: HandlerCall, overdueMs: number): void {
    call.timer = null;
    const goesOn = this.#handler.onHung === 'overlap' && this.#overlaps < MOST_OVERLAPS;
    if (goesOn) {
      logOvertaken(this.#runtime.log, this.#id, call.deliveries, overdueMs);
      this.overtake(call);
      return;
    }
    const { clock } = this.#runtime;
    call.hungBy = new KafkaError('HANDLER_HUNG', hungMessage(this.#id, call, overdueMs));
    call.hungAt = clock.now();
    this.#owner.hangs(call);
  }

  #settle(call: HandlerCall, apply: () => void): void {
    call.timer?.cancel();
    const counted = call.counts;
    try {
      if (counted) {
        this.#running.delete(call);
        apply();
      } else {
        for (const { offset, attempt } of call.deliveries) this.dropAnswer(offset, attempt);
      }
      if (call.keeper !== null) call.keeper.#settledLate(call);
    } catch (error) {
      this.#broken(error);
    }
    if (!call.isOvertaken) this.#release(call);
    if (counted) this.#tellIdle();
  }

  #settledLate(call: HandlerCall): void {
    if (this.#late.delete(call) && call.hungBy !== null && !call.isOvertaken) this.#owner.hangsNoMore(call);
  }

  #release(call: HandlerCall): void {
    this.#lanes.leave(call);
    this.#gates?.leave();
  }

  /** Whatever it answers, it is too late. */
  #disown(call: HandlerCall, reason: Error): void {
    call.counts = false;
    call.timer?.cancel();
    this.#running.delete(call);
    call.context.abort(reason);
  }

  #tellIdle(): void {
    if (this.#running.size > 0 || this.#whenIdle.length === 0) return;
    const waiting = this.#whenIdle;
    this.#whenIdle = [];
    for (const resolve of waiting) resolve();
  }
}

function deadlineMessage({ topic, partition }: PartitionEpoch, { deliveries }: HandlerCall, deadlineMs: number): string {
  return `The handler of ${whatOf(topic, partition, deliveries)} did not answer within ${deadlineMs} ms (attempt ${deliveries[0]?.attempt ?? 0}). Its lane waits until it does.`;
}

function hungMessage({ topic, partition }: PartitionEpoch, { deliveries }: HandlerCall, overdueMs: number): string {
  return `The handler of ${whatOf(topic, partition, deliveries)} has not settled ${overdueMs} ms after its deadline. Its lane stands still until it does, or until somebody lets the lane go on.`;
}

function whatOf(topic: string, partition: number, deliveries: HandlerCall['deliveries']): string {
  const more = deliveries.length > 1 ? ` and ${deliveries.length - 1} more of its batch` : '';
  return `${topic}/${partition}/${deliveries[0]?.offset ?? 0}${more}`;
}
