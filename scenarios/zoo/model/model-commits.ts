import type { Clock } from '../../../src/clock.ts';
import type { CommitResult, TransportConsumer } from '../../../src/transport.ts';
import type { Habits } from './habits.ts';
import { epochOf, type HeldPartition } from './held-partition.ts';
import { sleep } from './waiting.ts';

const BACKOFF_MS = 50;

/** The model consumer's commits: one request at a time with everything that is due, repeated until it is stored. */
export class ModelCommits {
  readonly #consumer: TransportConsumer;
  readonly #clock: Clock;
  readonly #habits: Habits;
  readonly #held: () => Iterable<HeldPartition>;
  #committing = false;

  constructor(consumer: TransportConsumer, clock: Clock, habits: Habits, held: () => Iterable<HeldPartition>) {
    this.#consumer = consumer;
    this.#clock = clock;
    this.#habits = habits;
    this.#held = held;
  }

  /** Sees to it that the offset is stored, where it is higher than what was due before. */
  due(held: HeldPartition, offset: number | null): void {
    if (offset === null || offset <= held.due) return;
    held.due = offset;
    void (this.#habits.oneAtATime ? this.#commitAll() : this.#commitAlone(held, offset));
  }

  /** One try. Resolves with whether it is thought of as stored. */
  async send(held: HeldPartition, offset: number): Promise<boolean> {
    const [result] = await this.#consumer.commit([{ ...epochOf(held), offset, metadata: null }]);
    return this.#settled(held, result);
  }

  /** The start of a group without an offset, tried until it is stored or the epoch ends. */
  async storeStart(held: HeldPartition, start: number): Promise<void> {
    while (!held.closing && !held.over && !(await this.send(held, start))) await sleep(this.#clock, BACKOFF_MS);
    held.due = Math.max(held.due, held.committed);
  }

  async #commitAlone(held: HeldPartition, offset: number): Promise<void> {
    while (!held.over && !held.closing && !(await this.send(held, offset))) await sleep(this.#clock, BACKOFF_MS);
  }

  async #commitAll(): Promise<void> {
    if (this.#committing) return;
    this.#committing = true;
    for (;;) {
      if (this.#habits.gatherMs > 0) await sleep(this.#clock, this.#habits.gatherMs);
      const isDue = (held: HeldPartition): boolean => held.due > held.committed && !held.over && !held.closing;
      const due = this.#habits.selects([...this.#held()].filter(isDue));
      if (due.length === 0) break;
      const results = await this.#consumer.commit(due.map((held) => ({ ...epochOf(held), offset: held.due, metadata: null })));
      const settled = due.map((held, index) => this.#settled(held, results[index]));
      // Neither a refusal nor silence is forgotten: the same or a higher offset follows while the epoch lasts.
      if (settled.includes(false)) await sleep(this.#clock, BACKOFF_MS);
    }
    this.#committing = false;
  }

  #settled(held: HeldPartition, result: CommitResult | undefined): boolean {
    if (result === undefined || !this.#habits.believes(result)) return false;
    held.committed = Math.max(held.committed, result.offset);
    return true;
  }
}
