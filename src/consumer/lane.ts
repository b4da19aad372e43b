/** Who wants to run calls in a lane now. */
export interface LaneOwner {
  /** The lane may have become free. */
  wake(): void;
}

/**
 * Where handler calls run one at a time. Outlives epochs: a call of an old epoch that still runs keeps the lane of the new
 * one blocked, for two calls of a lane never overlap in this process.
 */
export class Lane {
  busy = false;
  owner: LaneOwner | null = null;
  #waiting: (() => void)[] = [];

  /** The running call has settled. */
  release(): void {
    this.leave();
    this.owner?.wake();
  }

  /** The same of a call that answered without a promise: its partition goes on by itself. */
  leave(): void {
    this.busy = false;
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** Resolves at once when no call runs, else when it settles. */
  whenFree(): Promise<void> {
    return this.busy ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve();
  }
}

/** The lanes of a consumer, by partition. As many as partitions that it ever held. */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();

  of(topic: string, partition: number): Lane {
    const key = `${topic}/${partition}`;
    let lane = this.#lanes.get(key);
    if (lane === undefined) this.#lanes.set(key, (lane = new Lane()));
    return lane;
  }

  /** Resolves when every call that runs now, of whatever epoch, has settled. */
  async whenFree(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.whenFree()));
  }
}
