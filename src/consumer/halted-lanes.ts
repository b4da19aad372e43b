import type { KafkaError } from '../errors.ts';
import type { PartitionEpoch } from '../transport.ts';
import type { HandlerCall, HandlerCalls } from './handler-calls.ts';
import type { OpenRecord } from './open-record.ts';
import { logLaneHalted, logLaneResumed } from './record-log.ts';
import type { HaltedLane } from './record-order.ts';
import type { RecordSettler } from './record-settler.ts';
import type { Runtime } from './runtime.ts';

const MOST_SHOWN = 100;

/** The lanes of one partition in one epoch that stand still until somebody decides: by a record, or by a call that hangs. */
export class HaltedLanes {
  readonly #runtime: Runtime;
  readonly #id: PartitionEpoch;
  readonly #calls: HandlerCalls;
  readonly #settler: RecordSettler;
  readonly #released: (open: OpenRecord) => void;
  readonly #withdrawn: (open: OpenRecord) => void;
  readonly #records = new Set<OpenRecord>();

  constructor(
    runtime: Runtime,
    options: {
      readonly id: PartitionEpoch;
      readonly calls: HandlerCalls;
      readonly settler: RecordSettler;
      /** The record may be delivered again. */
      readonly released: (open: OpenRecord) => void;
      /** The record, which waits for its next delivery, does not come again. */
      readonly withdrawn: (open: OpenRecord) => void;
    },
  ) {
    this.#runtime = runtime;
    this.#id = options.id;
    this.#calls = options.calls;
    this.#settler = options.settler;
    this.#released = options.released;
    this.#withdrawn = options.withdrawn;
  }

  /** The lowest of them. */
  get shown(): readonly HaltedLane[] {
    const records = [...this.#records].map((open) =>
      haltedLane({ offset: open.record.offset, attempt: open.attempt }, open.failures, open.haltedAt, open.haltedBy as KafkaError),
    );
    const calls = this.#calls.hung.flatMap((call) =>
      call.deliveries
        .slice(0, MOST_SHOWN)
        .map((delivery, index) =>
          haltedLane(delivery, failuresOf(call.opens[index], delivery.offset), call.hungAt, call.hungBy as KafkaError),
        ),
    );
    return [...records, ...calls].toSorted((one, other) => one.offset - other.offset).slice(0, MOST_SHOWN);
  }

  halt(open: OpenRecord, error: KafkaError): void {
    open.state = 'halted';
    open.haltedBy = error;
    open.haltedAt = this.#runtime.clock.now();
    open.lastProblem ??= error.code;
    this.#records.add(open);
    this.#observeHalted([{ offset: open.record.offset, attempt: open.attempt }], error);
  }

  hangs(call: HandlerCall): void {
    this.#observeHalted(call.deliveries, call.hungBy as KafkaError);
  }

  hangsNoMore(call: HandlerCall): void {
    this.#observeResumed(call.deliveries, 'settled');
  }

  /** Its counts begin anew, so that the policy gives it a full round of attempts. */
  retry(offset: number | null): number {
    let count = 0;
    for (const open of this.#records) {
      if (offset !== null && open.record.offset !== offset) continue;
      this.#records.delete(open);
      this.#observeResumed([{ offset: open.record.offset, attempt: open.attempt }], 'retry');
      open.failures = 0;
      open.skips = 0;
      open.isExhausted = false;
      open.haltedBy = null;
      open.state = 'waiting';
      open.retryAt = null;
      this.#released(open);
      count++;
    }
    // A lane that stands still for both goes on beside the call only when somebody decides about that one too.
    return offset !== null && count > 0 ? count : count + this.#overtake(offset);
  }

  /** Of a record that halted its lane; else of one with which a call of this epoch hangs, and then its lane goes on beside that. */
  async deadLetter(offset: number): Promise<boolean> {
    const halted = [...this.#records].find(({ record }) => record.offset === offset);
    if (halted !== undefined) {
      this.#records.delete(halted);
      const cause = halted.haltedBy as KafkaError;
      halted.haltedBy = null;
      this.#observeResumed([{ offset, attempt: halted.attempt }], 'dead-letter');
      await this.#settler.rejectByHand(halted, cause);
      return true;
    }
    const call = this.#calls.hung.find(({ opens, deliveries }) => opens.length > 0 && deliveries.some((each) => each.offset === offset));
    if (call === undefined) return false;
    this.#observeResumed(call.deliveries, 'dead-letter');
    const open = call.opens.find(({ record, state }) => record.offset === offset && state === 'waiting');
    if (open !== undefined) this.#withdrawn(open);
    const marked = open === undefined ? null : this.#settler.rejectByHand(open, call.hungBy as KafkaError);
    this.#calls.overtake(call);
    await marked;
    return true;
  }

  clear(): void {
    this.#records.clear();
  }

  /** The lanes of a hung call go on beside it, whatever was asked for: its records were failed when it passed its deadline. */
  #overtake(offset: number | null): number {
    const calls = this.#calls.hung.filter((call) => offset === null || call.deliveries.some((each) => each.offset === offset));
    for (const call of calls) {
      this.#observeResumed(call.deliveries, 'retry');
      this.#calls.overtake(call);
    }
    return calls.length;
  }

  /** One line in the log, however many records a call had. */
  #observeHalted(deliveries: HandlerCall['deliveries'], error: KafkaError): void {
    const { observe, clock, member, log } = this.#runtime;
    logLaneHalted(log, this.#id, deliveries, error);
    if (observe === null) return;
    for (const { offset, attempt } of deliveries)
      observe({ at: clock.now(), member, kind: 'lane-halted', ...this.#id, offset, attempt, error });
  }

  #observeResumed(deliveries: HandlerCall['deliveries'], by: 'retry' | 'dead-letter' | 'settled'): void {
    const { observe, clock, member, log } = this.#runtime;
    logLaneResumed(log, this.#id, deliveries, by);
    if (observe === null) return;
    for (const { offset, attempt } of deliveries)
      observe({ at: clock.now(), member, kind: 'lane-resumed', ...this.#id, offset, attempt, by });
  }
}

/** Its passed deadline counts; an order may have taken the object for another record since. */
function failuresOf(open: OpenRecord | undefined, offset: number): number {
  return open !== undefined && open.record.offset === offset ? open.failures : 1;
}

function haltedLane(
  { offset, attempt }: { readonly offset: number; readonly attempt: number },
  failures: number,
  since: number,
  { code, message }: KafkaError,
): HaltedLane {
  return { offset, attempt, failures, since, error: { code, message } };
}
