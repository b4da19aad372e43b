/** A partition whose records wait in memory. */
export interface BudgetUser {
  /** There is room again: whoever waits for it may fetch on. */
  roomAgain(): void;
}

/**
 * What all partitions of a consumer together may keep in memory. Above it those that hold something stop fetching, until it
 * is half used; one that holds nothing may always fetch, so that no partition starves behind another one's stuck records. The
 * worst case is the budget and one fetch response for each partition.
 */
export class QueueBudget {
  readonly #mostBytes: number;
  readonly #held = new Map<BudgetUser, number>();
  readonly #waiting = new Set<BudgetUser>();
  #bytes = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** What this partition holds now. */
  update(user: BudgetUser, bytes: number): void {
    this.#bytes += bytes - (this.#held.get(user) ?? 0);
    this.#held.set(user, bytes);
    this.#tellRoom();
  }

  /** Whether a partition that holds something has to stop fetching. */
  get isSpent(): boolean {
    return this.#bytes >= this.#mostBytes;
  }

  /** Whether one that had to stop may go on. */
  get hasRoom(): boolean {
    return this.#bytes <= this.#mostBytes / 2;
  }

  /** Is told, once, when there is room again. */
  wait(user: BudgetUser): void {
    this.#waiting.add(user);
  }

  forget(user: BudgetUser): void {
    this.#waiting.delete(user);
    this.#bytes -= this.#held.get(user) ?? 0;
    this.#held.delete(user);
    this.#tellRoom();
  }

  #tellRoom(): void {
    if (this.#waiting.size === 0 || !this.hasRoom) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const user of waiting) user.roomAgain();
  }
}
