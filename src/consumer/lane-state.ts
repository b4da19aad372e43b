import type { KafkaRecord } from '../record.ts';
import type { Ordering } from '../handler.ts';
import { WHOLE_PARTITION } from './lane.ts';
import type { LaneKey } from './lane.ts';
import type { OpenRecord } from './open-record.ts';

/** Done records at the front of a lane that are kept before the array is cut. */
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

  get records(): readonly OpenRecord[] {
    return this.#records.slice(this.#first);
  }

  push(open: OpenRecord): void {
    this.#records.push(open);
  }

  /** Takes the deliverable record into a call. */
  take(): void {
    this.#next++;
    this.#skipDone();
  }

  /** No call has records of it any more, and what is done at its front leaves. */
  settle(): void {
    const records = this.#records;
    while (this.#first < records.length && (records[this.#first] as OpenRecord).state === 'done') this.#first++;
    if (this.#first === records.length) {
      this.#records = [];
      this.#first = 0;
    } else if (this.#first >= MOST_DONE && this.#first * 2 >= records.length) {
      this.#records = records.slice(this.#first);
      this.#first = 0;
    }
    this.#next = this.#first;
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
