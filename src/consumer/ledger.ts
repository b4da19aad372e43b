import { KafkaError } from '../errors.ts';

/** Small: most epochs of a quiet partition have a handful open, and it doubles. */
const FIRST_CAPACITY = 16;

/**
 * What is open in one partition in one epoch. Pure: no clock, no I/O.
 *
 * A record is *open* from the acceptance of its batch until it is terminal. Records get sequence numbers in the order of
 * acceptance, from 0 and without gaps, so that completing one needs no search; they may complete in any order.
 * Every operation is O(1) amortised per record: the head only moves forward over completed records.
 */
export class Ledger {
  #position: number;
  #offsets = new Float64Array(FIRST_CAPACITY);
  #completed = new Uint8Array(FIRST_CAPACITY);
  #mask = FIRST_CAPACITY - 1;
  /** Sequence number of the lowest open record; equal to `#tail` when none is open. */
  #head = 0;
  #tail = 0;
  #openCount = 0;

  constructor(startOffset: number) {
    if (!Number.isSafeInteger(startOffset) || startOffset < 0) {
      throw new KafkaError('PROTOCOL', `A ledger starts at an offset from 0 to 2^53 − 1, not at ${startOffset}.`);
    }
    this.#position = startOffset;
  }

  /** The offset that the next batch must have been fetched from. */
  get position(): number {
    return this.#position;
  }

  /** The offset that may be committed: the lowest open record, or the position when none is open. Never goes back. */
  get committable(): number {
    return this.#head === this.#tail ? this.#position : (this.#offsets[this.#head & this.#mask] as number);
  }

  get openCount(): number {
    return this.#openCount;
  }

  /** The sequence number that the next accepted record gets. */
  get nextSequence(): number {
    return this.#tail;
  }

  /**
   * Takes a batch in, and its records are open from now on. False, and nothing changes, if it was not fetched from the position.
   * Throws PROTOCOL, and nothing changes, if its offsets are not ascending within [fetchedFrom, nextOffset).
   */
  accept(batch: {
    readonly fetchedFrom: number;
    readonly nextOffset: number;
    readonly records: readonly { readonly offset: number }[];
  }): boolean {
    const { fetchedFrom, nextOffset, records } = batch;
    if (fetchedFrom !== this.#position) return false;
    checkOffsets(fetchedFrom, nextOffset, records);
    this.#reserve(records.length);
    for (let index = 0; index < records.length; index++) {
      const slot = this.#tail++ & this.#mask;
      this.#offsets[slot] = (records[index] as { offset: number }).offset;
      this.#completed[slot] = 0;
    }
    this.#openCount += records.length;
    this.#position = nextOffset;
    return true;
  }

  /** The record with this sequence number is terminal. Once only. */
  complete(sequence: number): void {
    const slot = sequence & this.#mask;
    if (sequence < this.#head || sequence >= this.#tail || this.#completed[slot] === 1) {
      throw new RangeError(`Sequence ${sequence} is not open; open ones are within [${this.#head}, ${this.#tail}).`);
    }
    this.#completed[slot] = 1;
    this.#openCount--;
    while (this.#head < this.#tail && this.#completed[this.#head & this.#mask] === 1) this.#head++;
  }

  /** The records from the position up to `offset` are gone from the log: the next batch comes from there. */
  passOver(offset: number): void {
    if (!Number.isSafeInteger(offset) || offset < this.#position) {
      throw new RangeError(`The position cannot move from ${this.#position} back to ${offset}.`);
    }
    this.#position = offset;
  }

  #reserve(count: number): void {
    const needed = this.#tail - this.#head + count;
    if (needed <= this.#offsets.length) return;
    let capacity = this.#offsets.length;
    while (capacity < needed) capacity *= 2;
    const offsets = new Float64Array(capacity);
    const completed = new Uint8Array(capacity);
    for (let sequence = this.#head; sequence < this.#tail; sequence++) {
      offsets[sequence & (capacity - 1)] = this.#offsets[sequence & this.#mask] as number;
      completed[sequence & (capacity - 1)] = this.#completed[sequence & this.#mask] as number;
    }
    this.#offsets = offsets;
    this.#completed = completed;
    this.#mask = capacity - 1;
  }
}

function checkOffsets(fetchedFrom: number, nextOffset: number, records: readonly { readonly offset: number }[]): void {
  let lowest = fetchedFrom;
  for (let index = 0; index < records.length; index++) {
    const { offset } = records[index] as { offset: number };
    if (!(offset >= lowest)) {
      throw new KafkaError(
        'PROTOCOL',
        `The transport handed over offset ${offset} where ${lowest} or more was due: a batch is in offset order and has nothing below the fetched offset ${fetchedFrom}.`,
      );
    }
    lowest = offset + 1;
  }
  if (!(nextOffset >= lowest) || !Number.isSafeInteger(nextOffset)) {
    throw new KafkaError(
      'PROTOCOL',
      `The transport handed over a batch with next offset ${nextOffset}, expected ${lowest} or more and at most 2^53 − 1.`,
    );
  }
}
