import type { KafkaRecord } from '../record.ts';
import type { Ordering } from '../handler.ts';
import { WHOLE_PARTITION } from './lane.ts';
import type { LaneKey } from './lane.ts';
import type { OpenRecord } from './open-record.ts';

/** Done records that a lane keeps before they are cut out of it. */
const MOST_DONE = 64;

/** The records of one lane that are not terminal, in order. */
export class LaneState {
  readonly key: LaneKey;
  /** Belongs to the order: it stands among those that are ready. */
  isQueued = false;
  /** A call with records of this lane is being put together, or was made and still counts. */
  taken: 'forming' | 'called' | null = null;
  #records: OpenRecord[] = [];
  #first = 0;
  /** Index of the first record that no call has. */
  #next = 0;
  /** How many of the records are done. */
  #done = 0;
  /** Index below which every record holds no more memory than its own. */
  #compacted = 0;

  constructor(key: LaneKey) {
    this.key = key;
  }

  /** The lowest record; undefined when the lane is empty. */
  get head(): OpenRecord | undefined {
    return this.#records[this.#first];
  }

  get isEmpty(): boolean {
    return this.#first === this.#records.length;
  }

  /** The first record that no call has, if it may be delivered now. */
  get deliverable(): OpenRecord | undefined {
    const open = this.#records[this.#next];
    return open !== undefined && open.state === 'waiting' && open.retryAt === null ? open : undefined;
  }

  /** No call has records of it, and none may be made before a delay or a decision is over. */
  get isHeldUp(): boolean {
    return this.taken === null && this.deliverable === undefined && !this.isEmpty;
  }

  push(open: OpenRecord): void {
    this.#records.push(open);
  }

  /** Takes the deliverable record into a call. */
  take(): void {
    this.#next++;
    this.#skipDone();
  }

  /** One of its records became terminal; it leaves with a `settle` to come. */
  recordDone(): void {
    this.#done++;
  }

  /** No call has records of it any more, and what is done at its front leaves; what is done behind an open one, once it is much. */
  settle(): void {
    while (this.head?.state === 'done') this.#first++;
    if (this.isEmpty) this.#keep([], 0);
    else if (this.#done >= MOST_DONE && this.#done * 2 >= this.#records.length) {
      const compacted = this.#records.slice(0, this.#compacted).filter(({ state }) => state !== 'done').length;
      this.#keep(
        this.#records.filter(({ state }) => state !== 'done'),
        compacted,
      );
    }
    this.#next = this.#first;
  }

  /** What waits here may wait for long: each record gets bytes of its own, once. */
  compact(): void {
    for (; this.#compacted < this.#records.length; this.#compacted++) (this.#records[this.#compacted] as OpenRecord).compact();
  }

  #keep(records: OpenRecord[], compacted: number): void {
    this.#records = records;
    this.#first = 0;
    this.#done = 0;
    this.#compacted = compacted;
  }

  /** A record of a batch may be done although one before it is not. */
  #skipDone(): void {
    while (this.#records[this.#next]?.state === 'done') this.#next++;
  }
}

/** Which records wait for each other. */
export function laneKeyOf(ordering: Ordering, { key, offset }: KafkaRecord): LaneKey {
  if (ordering === 'partition') return WHOLE_PARTITION;
  if (ordering === 'unordered' || key === null) return offset;
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}
