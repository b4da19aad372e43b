import type { KafkaError } from '../errors.ts';
import { HaltedLanes } from './halted-lanes.ts';
import { HandlerCalls } from './handler-calls.ts';
import type { HandlerCall } from './handler-calls.ts';
import type { OpenRecord } from './open-record.ts';
import type { OrderOptions } from './order-options.ts';
import type { HaltedLane } from './record-order.ts';
import { RecordSettler } from './record-settler.ts';
import type { SettledRecords } from './record-settler.ts';
import type { Runtime } from './runtime.ts';

/** What an order does with its records when a call of them comes to something. Its `halt` calls `Deliveries.halt`. */
export interface DeliveringOrder extends SettledRecords {
  /** The deadline has passed: the records have failed, and the lanes stay busy. */
  late(call: HandlerCall, error: KafkaError): void;
  /** A record that was halted may be delivered again. */
  released(open: OpenRecord): void;
  /** It is decided otherwise: its next delivery is called off. */
  withdrawn(open: OpenRecord): void;
}

/** What all orders have in common: the calls that run, what becomes of their answers, and the lanes that stand still. */
export class Deliveries {
  readonly calls: HandlerCalls;
  readonly settler: RecordSettler;
  readonly #halted: HaltedLanes;

  constructor(runtime: Runtime, options: OrderOptions, order: DeliveringOrder) {
    const { id } = options;
    this.settler = new RecordSettler(runtime, { ...options, order });
    this.calls = new HandlerCalls(runtime, {
      ...options,
      owner: {
        late: (call, error) => order.late(call, error),
        hangs: (call) => this.#halted.hangs(call),
        hangsNoMore: (call) => this.#halted.hangsNoMore(call),
      },
    });
    this.#halted = new HaltedLanes(runtime, {
      id,
      calls: this.calls,
      settler: this.settler,
      released: (open) => order.released(open),
      withdrawn: (open) => order.withdrawn(open),
    });
  }

  /** Its lane stands still until somebody decides. */
  halt(open: OpenRecord, error: KafkaError): void {
    this.#halted.halt(open, error);
  }

  /** Calls of this epoch that run, and whose answers count. */
  get running(): number {
    return this.calls.running;
  }

  /** Hung calls that were overtaken by explicit option, so far. */
  get overlaps(): number {
    return this.calls.overlaps;
  }

  /** The lowest hundred of them. */
  get haltedLanes(): readonly HaltedLane[] {
    return this.#halted.shown;
  }

  /** Fires the signals of the running calls. Their answers still count. */
  abort(reason: Error): void {
    this.calls.abort(reason);
  }

  /** Resolves when no call of this epoch runs and no dead letter is on its way. */
  async whenQuiet(): Promise<void> {
    await this.calls.whenIdle();
    await this.settler.whenMarked();
  }

  /** Another try for the halted lane of this offset, or for all; tells how many there were. */
  retryHalted(offset: number | null): number {
    return this.#halted.retry(offset);
  }

  /** Rejects the record that halted its lane, with its dead letter. False when there is none such; resolves when it is terminal or the lane is halted again. */
  deadLetterHalted(offset: number): Promise<boolean> {
    return this.#halted.deadLetter(offset);
  }

  /** The epoch is over: aborts running calls, and drops their answers when they come. */
  end(reason: KafkaError): void {
    this.calls.end(reason);
    this.settler.end();
    this.#halted.clear();
  }
}
