import type { Clock, Timer } from '../clock.ts';
import { KafkaError } from '../errors.ts';

/** Limit of the queue of waiting sends; beyond it a send fails at once. */
const MOST_WAITING_SENDS = 1_000_000;
/** Dropping entries one by one would move all the others each time; so many are dropped at once, and at least half of all. */
const COMPACT_AFTER = 1_024;

export interface MemoryGateOptions {
  readonly clock: Clock;
  readonly maxBufferedBytes: number;
  readonly maxBlockMs: number;
  /** Called when a send has to wait, so that batches go out without lingering. */
  readonly onFull: () => void;
}

interface Waiting {
  readonly bytes: number;
  readonly until: number;
  readonly proceed: () => void;
  readonly refuse: (error: KafkaError) => void;
}

/** Keeps the buffered bytes below their limit: whoever finds no room waits in line, for a limited time. */
export class MemoryGate {
  readonly #options: MemoryGateOptions;
  #buffered = 0;
  #queue: Waiting[] = [];
  #head = 0;
  #timer: Timer | null = null;

  constructor(options: MemoryGateOptions) {
    this.#options = options;
  }

  /** Whether somebody waits for room. */
  get crowded(): boolean {
    return this.#queue.length > this.#head;
  }

  /**
   * Takes `bytes` and calls `proceed`, now or when there is room, in the order of the calls; or `refuse` with
   * PRODUCER_BUFFER_FULL when the time is over, RECORD_INVALID when there can never be room.
   */
  enter(bytes: number, proceed: () => void, refuse: (error: KafkaError) => void): void {
    const { clock, maxBufferedBytes, maxBlockMs, onFull } = this.#options;
    if (bytes > maxBufferedBytes) {
      refuse(
        new KafkaError(
          'RECORD_INVALID',
          `the record takes ${bytes} bytes, more than the whole buffer (producer.maxBufferedBytes is ${maxBufferedBytes})`,
        ),
      );
      return;
    }
    if (!this.crowded && this.#buffered + bytes <= maxBufferedBytes) {
      this.#buffered += bytes;
      proceed();
      return;
    }
    if (maxBlockMs === 0 || this.#queue.length - this.#head >= MOST_WAITING_SENDS) {
      refuse(this.#full());
      return;
    }
    this.#queue.push({ bytes, until: clock.now() + maxBlockMs, proceed, refuse });
    this.#timer ??= clock.setTimer(maxBlockMs, () => this.#expire());
    onFull();
  }

  /** Gives bytes back and lets in who waits. */
  leave(bytes: number): void {
    this.#buffered -= bytes;
    for (;;) {
      const first = this.#queue[this.#head];
      if (first === undefined || this.#buffered + first.bytes > this.#options.maxBufferedBytes) return;
      this.#drop();
      this.#buffered += first.bytes;
      first.proceed();
    }
  }

  /** Refuses everybody who waits. */
  refuseAll(error: KafkaError): void {
    this.#timer?.cancel();
    this.#timer = null;
    const waiting = this.#queue.slice(this.#head);
    this.#queue = [];
    this.#head = 0;
    for (const { refuse } of waiting) refuse(error);
  }

  /** All wait equally long, so the one that waits longest is always first. */
  #expire(): void {
    this.#timer = null;
    const now = this.#options.clock.now();
    for (;;) {
      const first = this.#queue[this.#head];
      if (first === undefined) return;
      if (first.until > now) {
        this.#timer = this.#options.clock.setTimer(first.until - now, () => this.#expire());
        return;
      }
      this.#drop();
      first.refuse(this.#full());
    }
  }

  #drop(): void {
    this.#head += 1;
    const { length } = this.#queue;
    if (this.#head < length && (this.#head < COMPACT_AFTER || this.#head * 2 < length)) return;
    this.#queue = this.#queue.slice(this.#head);
    this.#head = 0;
    if (this.#queue.length > 0) return;
    this.#timer?.cancel();
    this.#timer = null;
  }

  #full(): KafkaError {
    const { maxBufferedBytes, maxBlockMs } = this.#options;
    return new KafkaError(
      'PRODUCER_BUFFER_FULL',
      `the producer's buffer of ${maxBufferedBytes} bytes (producer.maxBufferedBytes) stayed full for ${maxBlockMs} ms (producer.maxBlockMs): the brokers take records more slowly than they are sent; the record was not written`,
      { details: { maybeWritten: false, bufferedBytes: this.#buffered } },
    );
  }
}
