import { performance } from 'node:perf_hooks';

/** One handler call whose promise has not settled. */
export interface InFlightCall {
  /** Topics of the handler. */
  readonly handler: string;
  /** `topic/partition/offset` of the record. */
  readonly record: string;
  /** Virtual milliseconds since the epoch at which it was delivered. */
  readonly since: number;
}

interface CallState {
  readonly call: InFlightCall;
  /** Things of the simulation that it waits for: its clock, its producer. */
  virtualWaits: number;
  /** Real milliseconds since when it waits for nothing that the simulation controls. */
  uncontrolledSince: number;
}

/**
 * Which handler calls are running, and what each waits for. A call that waits for nothing of the simulation's is doing
 * real I/O: virtual time must not move past it.
 */
export class InFlight {
  readonly #calls = new Map<InFlightCall, CallState>();
  readonly #uncontrolled = new Set<CallState>();
  readonly #now: () => number;
  readonly #onChange: () => void;

  /** `onChange` is told of every change: the loop may be asleep waiting for one. `now` is real time in milliseconds, for the watchdog. */
  constructor(onChange: () => void, now: () => number = () => performance.now()) {
    this.#onChange = onChange;
    this.#now = now;
  }

  get calls(): Iterable<InFlightCall> {
    return this.#calls.keys();
  }

  get size(): number {
    return this.#calls.size;
  }

  begin(call: InFlightCall, virtualWaits: number): void {
    const state: CallState = { call, virtualWaits, uncontrolledSince: 0 };
    this.#calls.set(call, state);
    if (virtualWaits === 0) this.#lose(state);
    this.#onChange();
  }

  /** Idempotent; also for a call whose process was killed. */
  end(call: InFlightCall): void {
    const state = this.#calls.get(call);
    if (state === undefined) return;
    this.#calls.delete(call);
    this.#uncontrolled.delete(state);
    this.#onChange();
  }

  /** The call waits for one more (1) or one less (−1) thing of the simulation. */
  wait(call: InFlightCall, change: 1 | -1): void {
    const state = this.#calls.get(call);
    if (state === undefined) return;
    state.virtualWaits += change;
    if (state.virtualWaits === 0) this.#lose(state);
    else this.#uncontrolled.delete(state);
    this.#onChange();
  }

  /** The call that has done real I/O for longest, and for how many real milliseconds; null when there is none. */
  longestUncontrolled(): { readonly call: InFlightCall; readonly realMs: number } | null {
    if (this.#uncontrolled.size === 0) return null;
    const [first] = this.#uncontrolled;
    return first === undefined ? null : { call: first.call, realMs: this.#now() - first.uncontrolledSince };
  }

  #lose(state: CallState): void {
    state.uncontrolledSince = this.#now();
    this.#uncontrolled.add(state);
  }
}
