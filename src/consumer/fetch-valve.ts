import type { PartitionEpoch } from '../transport.ts';
import type { Ledger } from './ledger.ts';
import type { BudgetUser, QueueBudget } from './queue-budget.ts';
import type { RecordOrder } from './record-order.ts';
import type { Runtime } from './runtime.ts';

/** Limits of what waits in memory; see ConsumerOptions. */
export interface QueueLimits {
  readonly queueHighRecords: number;
  readonly queueLowRecords: number;
  readonly queueHighBytes: number;
  readonly maxOpenWindow: number;
}

type Cause = 'queue' | 'window' | 'hand';

/** Whether a partition is fetched: not while too much of it waits, and not while somebody has paused it by hand. */
export class FetchValve implements BudgetUser {
  readonly #runtime: Runtime;
  readonly #id: PartitionEpoch;
  readonly #order: Pick<RecordOrder, 'queued' | 'bytes'>;
  readonly #ledger: Pick<Ledger, 'window'>;
  readonly #limits: QueueLimits;
  readonly #budget: QueueBudget;
  readonly #isFetching: () => boolean;
  readonly #turn: (isOpen: boolean) => void;
  #fullBy: 'queue' | 'window' | null = null;
  #isPausedByHand: boolean;

  constructor(
    runtime: Runtime,
    options: {
      readonly id: PartitionEpoch;
      readonly order: Pick<RecordOrder, 'queued' | 'bytes'>;
      readonly ledger: Pick<Ledger, 'window'>;
      readonly limits: QueueLimits;
      readonly budget: QueueBudget;
      readonly pausedByHand: boolean;
      /** It has begun to fetch, and is neither halted nor over. */
      readonly isFetching: () => boolean;
      /** Pauses or resumes the fetching. Called only when that changes. */
      readonly turn: (isOpen: boolean) => void;
    },
  ) {
    this.#runtime = runtime;
    this.#id = options.id;
    this.#order = options.order;
    this.#ledger = options.ledger;
    this.#limits = options.limits;
    this.#budget = options.budget;
    this.#isPausedByHand = options.pausedByHand;
    this.#isFetching = options.isFetching;
    this.#turn = options.turn;
  }

  get isOpen(): boolean {
    return this.#fullBy === null && !this.#isPausedByHand;
  }

  get isPausedByHand(): boolean {
    return this.#isPausedByHand;
  }

  /** The partition begins to fetch: one that was paused by hand before does not. */
  begin(): void {
    if (!this.#isPausedByHand) return;
    this.#observe('paused', 'hand');
    this.#turn(false);
  }

  setPausedByHand(isPaused: boolean): void {
    this.#isPausedByHand = isPaused;
    if (!this.#isFetching()) return;
    this.#observe(isPaused ? 'paused' : 'resumed', 'hand');
    if (this.#fullBy === null) this.#turn(!isPaused);
  }

  /** More was queued. */
  filled(): void {
    const { queued, bytes } = this.#order;
    this.#budget.update(this, bytes);
    if (this.#fullBy !== null) return;
    const { queueHighRecords, queueHighBytes, maxOpenWindow } = this.#limits;
    const isQueueFull = queued >= queueHighRecords || bytes >= queueHighBytes || (this.#budget.isSpent && queued > 0);
    const fullBy = isQueueFull ? 'queue' : this.#ledger.window >= maxOpenWindow ? 'window' : null;
    if (fullBy === null) return;
    this.#fullBy = fullBy;
    if (this.#budget.isSpent) this.#budget.wait(this);
    this.#observe('paused', fullBy);
    if (!this.#isPausedByHand) this.#turn(false);
  }

  /** Records are done. */
  drained(): void {
    const { queued, bytes } = this.#order;
    this.#budget.update(this, bytes);
    const fullBy = this.#fullBy;
    if (fullBy === null || !this.#isFetching()) return;
    const { queueLowRecords, queueHighBytes, maxOpenWindow } = this.#limits;
    if (queued > queueLowRecords || bytes > queueHighBytes / 2 || this.#ledger.window > maxOpenWindow / 2) return;
    if (queued > 0 && !this.#budget.hasRoom) {
      this.#budget.wait(this);
      return;
    }
    this.#fullBy = null;
    this.#observe('resumed', fullBy);
    if (!this.#isPausedByHand) this.#turn(true);
  }

  roomAgain(): void {
    this.drained();
  }

  /** The epoch is over. */
  end(): void {
    this.#budget.forget(this);
  }

  #observe(kind: 'paused' | 'resumed', cause: Cause): void {
    const { observe, clock, member } = this.#runtime;
    if (observe !== null) observe({ at: clock.now(), member, kind, ...this.#id, queued: this.#order.queued, cause });
  }
}
