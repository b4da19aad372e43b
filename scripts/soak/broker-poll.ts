import { setTimeout as delay } from 'node:timers/promises';
import { WitnessAdmin } from '../../testing/kafka/witness/witness-admin.ts';
import type { AskedEvent } from './read-evidence.ts';

const INTERVAL_MS = 100;

/** What the broker stores for the group, asked again and again by a client that shares no code with the members'. */
export class BrokerPoll {
  readonly events: AskedEvent[] = [];
  readonly #admin: WitnessAdmin;
  readonly #now: () => number;
  readonly #asked: { readonly groupId: string; readonly topic: string; readonly partitions: number };
  #offsets: readonly number[] = [];
  #stopped = false;
  #over: Promise<void> = Promise.resolve();

  constructor(
    brokers: readonly string[],
    asked: { readonly groupId: string; readonly topic: string; readonly partitions: number },
    now: () => number,
  ) {
    this.#admin = new WitnessAdmin(brokers);
    this.#asked = asked;
    this.#now = now;
  }

  start(): void {
    this.#over = this.#ask();
  }

  /** Below the stored offsets, in all partitions together. */
  get committed(): number {
    return this.#offsets.reduce((sum, offset) => sum + Math.max(0, offset), 0);
  }

  get described(): string {
    return this.#offsets.map((offset, partition) => `${partition}: ${offset}`).join(', ');
  }

  /** Asks once more, and no more after that. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#over;
    await this.#askOnce();
    this.#admin.close();
  }

  async #ask(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#askOnce();
      } catch {
        // No answer is no evidence; the last question, in `stop`, is not so forgiving.
      }
      await delay(INTERVAL_MS);
    }
  }

  async #askOnce(): Promise<void> {
    const { groupId, topic, partitions } = this.#asked;
    const askedAt = this.#now();
    const offsets = await this.#admin.committedOffsets(groupId, topic, partitions);
    const at = this.#now();
    this.#offsets = offsets;
    for (const [partition, offset] of offsets.entries())
      this.events.push({ kind: 'committed', at, topic, partition, offset: offset < 0 ? null : offset, askedAfter: 0, askedAt });
  }
}
