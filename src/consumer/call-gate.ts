import type { Clock, Timer } from '../clock.ts';
import type { TokenBucket } from './token-bucket.ts';

/** Who was turned away and is called when it may be let in. */
export interface GateVisitor {
  gateOpened(): void;
}

/**
 * Lets so many calls run at a time and so many records begin a second, in turn: whoever was turned away stands in line, and
 * nobody passes those who stand there or were called from there. A place is held for whoever is called, until it has taken it
 * or its turn is over.
 */
export class CallGate {
  /** Records that may begin at once after a quiet time; a batch of more would never be let in as a whole. */
  readonly mostAtOnce: number;
  readonly #clock: Clock;
  readonly #mostRunning: number;
  readonly #bucket: TokenBucket | null;
  /** In order, with the records that each waits for. */
  readonly #line = new Map<GateVisitor, number>();
  readonly #called = new Set<GateVisitor>();
  #running = 0;
  #timer: Timer | null = null;

  constructor(clock: Clock, limits: { readonly concurrency: number | null; readonly bucket: TokenBucket | null }) {
    this.#clock = clock;
    this.#mostRunning = limits.concurrency ?? Number.POSITIVE_INFINITY;
    this.#bucket = limits.bucket;
    this.mostAtOnce = limits.bucket?.burst ?? Number.POSITIVE_INFINITY;
  }

  /**
   * How many records a call of the visitor that begins now may have: `wanted`, or 0. Fewer only where it was called for so many and
   * wants more by now.
   */
  room(visitor: GateVisitor, wanted: number): number {
    if (this.#running >= this.#mostRunning) return 0;
    const isCalled = this.#called.has(visitor);
    if (!isCalled && (this.#line.size > 0 || this.#called.size > 0)) return 0;
    if (this.#bucket === null) return wanted;
    const available = this.#bucket.available(this.#clock.now());
    return isCalled || available >= Math.min(wanted, this.mostAtOnce) ? Math.min(wanted, available) : 0;
  }

  /** A call of so many records begins, no more than there was room for. */
  enter(visitor: GateVisitor, records: number): void {
    this.#running++;
    this.#called.delete(visitor);
    if (this.#bucket === null) return;
    for (let taken = 0; taken < records; taken++) this.#bucket.tryTake(this.#clock.now());
  }

  /** A call has settled. */
  leave(): void {
    this.#running--;
    this.#callNext();
  }

  /** Turned away: is called once there is room for so many records, when its turn comes. */
  wait(visitor: GateVisitor, records: number): void {
    this.#line.set(visitor, Math.min(records, this.mostAtOnce));
  }

  /** Whether it was turned away here, and was not called since. */
  isInLine(visitor: GateVisitor): boolean {
    return this.#line.has(visitor);
  }

  /** It took what it was called for, or did not need it: whoever is next is called. */
  turnOver(visitor: GateVisitor): void {
    this.#called.delete(visitor);
    this.#callNext();
  }

  /** This one does not come any more. */
  forget(visitor: GateVisitor): void {
    this.#line.delete(visitor);
    this.turnOver(visitor);
  }

  /** Nobody is called any more. */
  close(): void {
    this.#line.clear();
    this.#timer?.cancel();
    this.#timer = null;
  }

  #callNext(): void {
    const [first] = this.#line;
    if (first === undefined || this.#running + this.#called.size >= this.#mostRunning) return;
    const [visitor, records] = first;
    if (this.#bucket !== null) {
      // What is in the bucket is for whoever was called; its turn will be over soon.
      if (this.#called.size > 0) return;
      const now = this.#clock.now();
      const at = this.#bucket.nextAt(now, records);
      if (at > now) {
        this.#setTimer(at - now);
        return;
      }
    }
    this.#line.delete(visitor);
    this.#called.add(visitor);
    visitor.gateOpened();
  }

  #setTimer(delayMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.setTimer(Math.max(1, Math.ceil(delayMs)), () => {
      this.#timer = null;
      this.#callNext();
    });
  }
}

/** The gates that a call has to pass: its handler's and the process's. */
export class CallGates {
  /** Records that may begin at once after a quiet time. */
  readonly mostAtOnce: number;
  readonly #gates: readonly CallGate[];

  constructor(gates: readonly CallGate[]) {
    this.#gates = gates;
    this.mostAtOnce = Math.min(...gates.map((gate) => gate.mostAtOnce));
  }

  /** Lets a call in, and tells how many records it may have, at most `wanted`; 0, and the visitor waits in line, when it may not begin. */
  enter(visitor: GateVisitor, wanted: number): number {
    let granted = wanted;
    for (const gate of this.#gates) {
      const room = gate.room(visitor, granted);
      if (room === 0) {
        gate.wait(visitor, granted);
        return 0;
      }
      granted = room;
    }
    for (const gate of this.#gates) gate.enter(visitor, granted);
    return granted;
  }

  leave(): void {
    for (const gate of this.#gates) gate.leave();
  }

  /**
   * The visitor does nothing more before it is woken again. One that stands in line at a gate keeps its turn at those before it: if it
   * gave that up, two visitors could be called by turns, each at the gate where the other stands in line, for ever.
   */
  turnOver(visitor: GateVisitor): void {
    const waitsAt = this.#gates.findIndex((gate) => gate.isInLine(visitor));
    for (const gate of this.#gates.slice(Math.max(0, waitsAt))) gate.turnOver(visitor);
  }

  forget(visitor: GateVisitor): void {
    for (const gate of this.#gates) gate.forget(visitor);
  }
}
