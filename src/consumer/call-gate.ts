import type { Clock, Timer } from '../clock.ts';
import type { TokenBucket } from './token-bucket.ts';

/** Who was turned away and is called when it may be let in. */
export interface GateVisitor {
  gateOpened(): void;
}

/**
 * Lets so many calls run at a time and so many begin a second. Those who were turned away wait in line, each at most once;
 * one is called for each place, and whoever is done with its turn passes the word on.
 */
export class CallGate {
  readonly #clock: Clock;
  readonly #mostRunning: number;
  readonly #bucket: TokenBucket | null;
  readonly #line = new Set<GateVisitor>();
  #running = 0;
  #timer: Timer | null = null;

  constructor(clock: Clock, limits: { readonly concurrency: number | null; readonly bucket: TokenBucket | null }) {
    this.#clock = clock;
    this.#mostRunning = limits.concurrency ?? Number.POSITIVE_INFINITY;
    this.#bucket = limits.bucket;
  }

  get running(): number {
    return this.#running;
  }

  /** How many records a call that begins now may have, at most `wanted`; 0 when none may begin. */
  room(wanted: number): number {
    if (this.#running >= this.#mostRunning) return 0;
    return this.#bucket === null ? wanted : Math.min(wanted, this.#bucket.available(this.#clock.now()));
  }

  /** A call of so many records begins, no more than there was room for. */
  enter(records: number): void {
    this.#running++;
    if (this.#bucket === null) return;
    for (let taken = 0; taken < records; taken++) this.#bucket.tryTake(this.#clock.now());
  }

  leave(): void {
    this.#running--;
    this.passOn();
  }

  /** Turned away: is called once there may be room. */
  wait(visitor: GateVisitor): void {
    this.#line.add(visitor);
    if (this.#running < this.#mostRunning && this.#bucket !== null) this.#setTimer(this.#bucket.nextAt(this.#clock.now()));
  }

  /** This one does not come any more: whoever was called in its place is next. */
  forget(visitor: GateVisitor): void {
    this.#line.delete(visitor);
    this.passOn();
  }

  /** Somebody's turn is over, and it may have left room unused. */
  passOn(): void {
    if (this.#line.size === 0 || this.#running >= this.#mostRunning) return;
    if (this.#bucket !== null) {
      const now = this.#clock.now();
      const nextAt = this.#bucket.nextAt(now);
      if (nextAt > now) {
        this.#setTimer(nextAt);
        return;
      }
    }
    const [first] = this.#line;
    if (first === undefined) return;
    this.#line.delete(first);
    first.gateOpened();
  }

  /** Nobody is called any more. */
  close(): void {
    this.#line.clear();
    this.#timer?.cancel();
    this.#timer = null;
  }

  #setTimer(at: number): void {
    this.#timer ??= this.#clock.setTimer(Math.max(1, Math.ceil(at - this.#clock.now())), () => {
      this.#timer = null;
      this.passOn();
    });
  }
}

/** The gates that a call has to pass: its handler's and the process's. */
export class CallGates {
  readonly #gates: readonly CallGate[];

  constructor(gates: readonly CallGate[]) {
    this.#gates = gates;
  }

  /** Lets a call in, and tells how many records it may have, at most `wanted`; 0, and the visitor waits in line, when it may not begin. */
  enter(visitor: GateVisitor, wanted: number): number {
    let granted = wanted;
    for (const gate of this.#gates) {
      granted = gate.room(granted);
      if (granted > 0) continue;
      gate.wait(visitor);
      return 0;
    }
    for (const gate of this.#gates) gate.enter(granted);
    return granted;
  }

  leave(): void {
    for (const gate of this.#gates) gate.leave();
  }

  passOn(): void {
    for (const gate of this.#gates) gate.passOn();
  }

  forget(visitor: GateVisitor): void {
    for (const gate of this.#gates) gate.forget(visitor);
  }
}
