import type { Clock } from '../clock.ts';

/** The longest time that the dispatcher keeps the event loop for itself, so that heartbeats get their turn. */
export const LONGEST_TURN_MS = 10;
/** The same by rounds, where the clock stands still: under simulation a turn takes no time. */
const MOST_ROUNDS = 1_000;

/** The time that is left of a turn. */
export interface Turn {
  isOver(): boolean;
}

/** Something that has deliveries to make. */
export interface Runnable {
  /** Belongs to the dispatcher. */
  waiting: boolean;
  /** Works until nothing is ready, the turn is over or a fair share is done; true when more is ready. */
  run(turn: Turn): boolean;
}

/**
 * Lets partitions run in turn, and gives the event loop a macrotask at least every {@link LONGEST_TURN_MS}.
 * The turn is counted from the last macrotask of our own making, since an idle gap in between cannot be told from a
 * chain of microtasks.
 */
export class Dispatcher implements Turn {
  readonly #clock: Clock;
  readonly #afterRun: () => void;
  #ready: Runnable[] = [];
  #turnStartedAt: number;
  /** A run is to come, or is made just now. */
  #isRunning = false;

  /** `afterRun` is called whenever nothing more can run in this turn. */
  constructor(clock: Clock, afterRun: () => void) {
    this.#clock = clock;
    this.#afterRun = afterRun;
    this.#turnStartedAt = clock.now();
  }

  /** Runs it soon, never before this call has returned. */
  wake(runnable: Runnable): void {
    if (!runnable.waiting) {
      runnable.waiting = true;
      this.#ready.push(runnable);
    }
    if (this.#isRunning) return;
    this.#isRunning = true;
    void Promise.resolve().then(() => this.#run());
  }

  isOver(): boolean {
    return this.#clock.now() - this.#turnStartedAt >= LONGEST_TURN_MS;
  }

  #run(): void {
    for (let rounds = 0; rounds < MOST_ROUNDS && this.#ready.length > 0 && !this.isOver(); rounds++) {
      const round = this.#ready;
      this.#ready = [];
      for (const runnable of round) {
        runnable.waiting = false;
        if (runnable.run(this) && !runnable.waiting) {
          runnable.waiting = true;
          this.#ready.push(runnable);
        }
      }
    }
    this.#isRunning = this.#ready.length > 0;
    if (this.#isRunning) this.#yield();
    this.#afterRun();
  }

  #yield(): void {
    this.#clock.yield(() => {
      this.#turnStartedAt = this.#clock.now();
      this.#run();
    });
  }
}
