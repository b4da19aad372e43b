/** Deadlines of the broker core: a binary heap by time, then by order of scheduling. No clock: `runDue` is told the time. */
export interface Timer {
  readonly atMs: number;
  readonly sequence: number;
  /** Null once it ran or was cancelled. */
  run: (() => void) | null;
}

export class TimerQueue {
  #heap: Timer[] = [];
  #live = 0;
  #sequence = 0;

  schedule(atMs: number, run: () => void): Timer {
    const timer: Timer = { atMs, sequence: this.#sequence, run };
    this.#sequence += 1;
    this.#live += 1;
    this.#heap.push(timer);
    this.#siftUp(this.#heap.length - 1);
    return timer;
  }

  /** Harmless on null and on a timer that ran. */
  cancel(timer: Timer | null): void {
    if (timer === null || timer.run === null) return;
    timer.run = null;
    this.#live -= 1;
    this.#compact();
  }

  /** Time of the earliest one, or null. */
  nextDeadline(): number | null {
    return this.#first()?.atMs ?? null;
  }

  /** Takes the earliest one that is due at `nowMs` out, or null. */
  takeDue(nowMs: number): { readonly atMs: number; readonly run: () => void } | null {
    const timer = this.#first();
    if (timer === null || timer.atMs > nowMs || timer.run === null) return null;
    const { run } = timer;
    timer.run = null;
    this.#live -= 1;
    this.#pop();
    return { atMs: timer.atMs, run };
  }

  #first(): Timer | null {
    while (this.#heap.length > 0) {
      const timer = this.#heap[0] as Timer;
      if (timer.run !== null) return timer;
      this.#pop();
    }
    return null;
  }

  /** A heartbeat cancels and schedules: without this the heap would grow with every request until the first deadline. */
  #compact(): void {
    if (this.#heap.length < 64 || this.#live * 2 > this.#heap.length) return;
    this.#heap = this.#heap.filter((timer) => timer.run !== null).sort((left, right) => (isBefore(left, right) ? -1 : 1));
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#siftDown(0);
  }

  #siftUp(start: number): void {
    const heap = this.#heap;
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(heap[index] as Timer, heap[parent] as Timer)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #siftDown(start: number): void {
    const heap = this.#heap;
    let index = start;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      let smallest = index;
      if (left < heap.length && isBefore(heap[left] as Timer, heap[smallest] as Timer)) smallest = left;
      if (right < heap.length && isBefore(heap[right] as Timer, heap[smallest] as Timer)) smallest = right;
      if (smallest === index) return;
      this.#swap(index, smallest);
      index = smallest;
    }
  }

  #swap(left: number, right: number): void {
    const timer = this.#heap[left] as Timer;
    this.#heap[left] = this.#heap[right] as Timer;
    this.#heap[right] = timer;
  }
}

function isBefore(left: Timer, right: Timer): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.sequence < right.sequence);
}
