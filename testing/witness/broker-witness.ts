import type { Timer } from '../../src/clock.ts';
import type { HistoryEvent } from '../checker/history.ts';
import type { Venue } from '../venue.ts';
import type { HistoryRecorder } from './history-recorder.ts';

/**
 * Asks the coordinator again and again what it stores for the group: at fixed intervals, and at once after each settled
 * commit, which is when it may have changed. One question at a time.
 */
export class BrokerWitness {
  readonly #venue: Venue;
  readonly #recorder: HistoryRecorder;
  readonly #groupId: string;
  readonly #topics: readonly string[];
  readonly #intervalMs: number;
  readonly #stored = new Map<string, number | null>();
  /** How many events there were when a commit of the partition settled: what it says must be asked after that. */
  readonly #toldOf = new Map<string, number>();
  #timer: Timer | null = null;
  #asking: Promise<void> | null = null;
  #askAgain = false;
  #stopped = false;

  constructor(
    venue: Venue,
    recorder: HistoryRecorder,
    options: { readonly groupId: string; readonly topics: readonly string[]; readonly intervalMs: number },
  ) {
    this.#venue = venue;
    this.#recorder = recorder;
    this.#groupId = options.groupId;
    this.#topics = options.topics;
    this.#intervalMs = options.intervalMs;
  }

  /** What the broker was last seen to store; null where it stores nothing. */
  stored(topic: string, partition: number): number | null {
    return this.#stored.get(`${topic}-${partition}`) ?? null;
  }

  start(): void {
    this.#tick();
  }

  /** Hand every recorded event over: a settled commit is a reason to ask. */
  see(event: HistoryEvent): void {
    if (event.kind !== 'client-commit-settled') return;
    this.#toldOf.set(`${event.topic}-${event.partition}`, this.#recorder.events.length);
    void this.ask();
  }

  /** Resolves when an answer to a question that was sent after this call is written down. Never rejects: a broker that does not answer says nothing. */
  ask(): Promise<void> {
    if (this.#asking !== null) {
      this.#askAgain = true;
      return this.#asking;
    }
    this.#asking = this.#askUntilQuiet().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #tick(): void {
    if (this.#stopped) return;
    this.#timer = this.#venue.clock.setTimer(this.#intervalMs, () => {
      void this.ask().then(() => this.#tick());
    });
  }

  async #askUntilQuiet(): Promise<void> {
    do {
      this.#askAgain = false;
      const askedAfter = this.#recorder.events.length;
      try {
        const offsets = await this.#venue.admin.committedOffsets(this.#groupId, this.#topics);
        for (const { topic, partition, offset } of offsets) this.#write(topic, partition, offset, askedAfter);
      } catch {
        // No answer is no evidence; the next question comes anyway, and the last one decides.
      }
    } while (this.#askAgain && !this.#stopped);
  }

  #write(topic: string, partition: number, offset: number | null, askedAfter: number): void {
    const name = `${topic}-${partition}`;
    const toldAfter = this.#toldOf.get(name);
    const isAnswer = toldAfter !== undefined && askedAfter >= toldAfter;
    if (isAnswer) this.#toldOf.delete(name);
    else if (this.stored(topic, partition) === offset) return;
    this.#stored.set(name, offset);
    this.#recorder.record({ kind: 'committed', topic, partition, offset, askedAfter });
  }
}
