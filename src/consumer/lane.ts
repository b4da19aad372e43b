import type { HandlerCall } from './handler-calls.ts';

/** Who wants to run calls of a partition now. */
export interface LaneOwner {
  /** A call of this lane has settled, and none of it runs any more. */
  laneFree(key: LaneKey): void;
}

/**
 * What holds calls apart within a partition: a key's bytes, or the offset of a record that is a lane by itself; the whole
 * partition is one lane by the name of {@link WHOLE_PARTITION}.
 */
export type LaneKey = string | number;

export const WHOLE_PARTITION = -1;

/**
 * The calls of one partition that run, by lane. Outlives epochs: a call of an old epoch that still runs keeps its lane
 * blocked in the new one, for two calls of a lane never overlap in this process, save one that was overtaken and left it before.
 * As large as the calls that run.
 */
export class RunningLanes {
  owner: LaneOwner | null = null;
  readonly #calls = new Set<HandlerCall>();
  readonly #busy = new Set<LaneKey>();
  #waiting: (() => void)[] = [];

  get isIdle(): boolean {
    return this.#calls.size === 0;
  }

  /** Those that run and hold their lanes, of whatever epoch. */
  get calls(): ReadonlySet<HandlerCall> {
    return this.#calls;
  }

  isBusy(key: LaneKey): boolean {
    return this.#busy.size > 0 && this.#busy.has(key);
  }

  enter(call: HandlerCall): void {
    this.#calls.add(call);
    for (const lane of call.lanes) this.#busy.add(lane);
  }

  /** A call has settled, or holds its lanes no longer. */
  leave(call: HandlerCall): void {
    this.#calls.delete(call);
    for (const lane of call.lanes) {
      this.#busy.delete(lane);
      this.owner?.laneFree(lane);
    }
    if (this.#calls.size > 0 || this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** Resolves at once when no call runs, else when none does any more. */
  whenFree(): Promise<void> {
    return this.#calls.size > 0 ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve();
  }
}

/** Those of a consumer, by partition. As many as partitions that it ever held. */
export class Lanes {
  readonly #partitions = new Map<string, RunningLanes>();

  of(topic: string, partition: number): RunningLanes {
    const name = `${topic}/${partition}`;
    let lanes = this.#partitions.get(name);
    if (lanes === undefined) this.#partitions.set(name, (lanes = new RunningLanes()));
    return lanes;
  }

  /** Resolves when every call that runs now, of whatever epoch, has settled. */
  async whenFree(): Promise<void> {
    await Promise.all([...this.#partitions.values()].map((lanes) => lanes.whenFree()));
  }
}
