import type { Incarnation } from './incarnation.ts';

/** Something that happens at a point in virtual time. Made by `EventLoop.schedule`. */
export interface SimulationEvent {
  /** Virtual milliseconds since the epoch. Moved by a pause of its owner only. */
  at: number;
  readonly sequence: number;
  /** Events of one queue and the same time keep their order, whatever is chosen: what one connection carries. Null: free. */
  readonly queue: string | null;
  /** The process that it happens in: it does not happen once that is killed. Null: the broker or the network. */
  readonly owner: Incarnation | null;
  /** For the trace, such as `Fetch → broker 1`. */
  readonly what: string;
  /** What it carries, for the trace's hash: a request, a reply. */
  readonly content: unknown;
  /** It settles no promise, unless `EventLoop.stir` is called meanwhile: what comes next need not wait for a turn of the platform. */
  readonly silent: boolean;
  readonly run: () => void;
  cancelled: boolean;
}

/** Cancelled events are swept out when there are more than this many, and more than the others. */
const SWEEP_FROM = 64;

/** A binary heap ordered by (time, sequence). Among events of the same time the loop may choose another than the first. */
export class EventQueue {
  #heap: SimulationEvent[] = [];
  #cancelled = 0;

  get size(): number {
    return this.#heap.length - this.#cancelled;
  }

  push(event: SimulationEvent): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex] as SimulationEvent;
      if (isBefore(parent, event)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = event;
  }

  /** The next event; null when there is none. */
  peek(): SimulationEvent | null {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined) return null;
      if (!first.cancelled) return first;
      this.#cancelled -= 1;
      this.#removeAt(0);
    }
  }

  /** Takes the next event. */
  take(): SimulationEvent | null {
    const first = this.peek();
    if (first !== null) this.#removeAt(0);
    return first;
  }

  /** Those that may happen next: of the earliest time, the first of each queue, in the order of their sequence. */
  alternatives(): readonly SimulationEvent[] {
    const first = this.peek();
    if (first === null) return [];
    const all: SimulationEvent[] = [];
    this.#collect(0, first.at, all);
    if (all.length < 2) return all;
    all.sort(bySequence);
    const queues = new Set<string>();
    return all.filter(({ queue }) => {
      if (queue === null) return true;
      if (queues.has(queue)) return false;
      queues.add(queue);
      return true;
    });
  }

  /** What can happen at `at`, the earliest time, from this place of the heap on: below what is later nothing is earlier. */
  #collect(index: number, at: number, found: SimulationEvent[]): void {
    const event = this.#heap[index];
    if (event === undefined || event.at !== at) return;
    if (!event.cancelled && (event.owner === null || event.owner.alive)) found.push(event);
    this.#collect(2 * index + 1, at, found);
    this.#collect(2 * index + 2, at, found);
  }

  /** Whether any event that is still to come is one of these. Looks at them all. */
  some(isOne: (event: SimulationEvent) => boolean): boolean {
    return this.#heap.some((event) => !event.cancelled && isOne(event));
  }

  /** Takes this event, which is in the heap, out. */
  remove(event: SimulationEvent): void {
    if (this.peek() === event) this.#removeAt(0);
    else this.#removeAt(this.#heap.indexOf(event));
  }

  /** Harmless for an event that was taken or cancelled before, as long as the caller tells only once: `EventLoop` sees to it. */
  cancel(event: SimulationEvent): void {
    event.cancelled = true;
    this.#cancelled += 1;
    if (this.#cancelled < SWEEP_FROM || this.#cancelled * 2 < this.#heap.length) return;
    const kept = this.#heap.filter((each) => !each.cancelled);
    this.#heap = [];
    this.#cancelled = 0;
    for (const each of kept) this.push(each);
  }

  clear(): void {
    this.#heap = [];
    this.#cancelled = 0;
  }

  #removeAt(place: number): void {
    const heap = this.#heap;
    const last = heap.pop() as SimulationEvent;
    const length = heap.length;
    if (place === length) return;
    let index = place;
    // What stood last may belong above the place as well as below it.
    for (let parent = (index - 1) >> 1; index > 0 && isBefore(last, heap[parent] as SimulationEvent); parent = (index - 1) >> 1) {
      heap[index] = heap[parent] as SimulationEvent;
      index = parent;
    }
    for (;;) {
      let childIndex = 2 * index + 1;
      if (childIndex >= length) break;
      const right = heap[childIndex + 1];
      if (right !== undefined && isBefore(right, heap[childIndex] as SimulationEvent)) childIndex += 1;
      const child = heap[childIndex] as SimulationEvent;
      if (isBefore(last, child)) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = last;
  }
}

function bySequence(left: SimulationEvent, right: SimulationEvent): number {
  return left.sequence - right.sequence;
}

function isBefore(left: SimulationEvent, right: SimulationEvent): boolean {
  if (left.at !== right.at) return left.at < right.at;
  return left.sequence < right.sequence;
}
