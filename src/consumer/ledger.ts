import { KafkaError } from '../errors.ts';

/** Small: most epochs of a quiet partition have a handful open, and it doubles. */
const FIRST_CAPACITY = 16;

/**
 * What is open in one partition in one epoch. Pure: no clock, no I/O.
 *
 * A record is *open* from the acceptance of its batch until it is terminal. Records get sequence numbers in the order of
 * acceptance, from 0 and without gaps, so that completing one needs no search; they may complete in any order.
 * Every operation is O(1) amortised per record, however many are completed above an open one: completed neighbours are
 * joined into runs, and each run's length stands at both of its ends.
 */
export class Ledger {
  #position: number;
  #offsets = new Float64Array(FIRST_CAPACITY);
  #completed = new Uint8Array(FIRST_CAPACITY);
  /** At the first and the last sequence of a run of completed records above the head: its length. Elsewhere anything. */
  #runLengths = new Uint32Array(FIRST_CAPACITY);
  #mask = FIRST_CAPACITY - 1;
  /** Sequence number of the lowest open record; equal to `#tail` when none is open. */
  #head = 0;
  #tail = 0;
  #openCount = 0;
  #completedAbove = 0;
  /** Highest sequence that was completed while a lower one was open. */
  #highestAbove = -1;

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

  /** How many records are between the lowest open one and the position, itself and completed ones included. */
  get window(): number {
    return this.#tail - this.#head;
  }

  /** Completions so far that left a lower record open: moves whenever `completedRuns` has something new. */
  get completedAbove(): number {
    return this.#completedAbove;
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
    if (sequence === this.#head) this.#advance();
    else this.#join(sequence);
  }

  /**
   * Tells the runs of completed records above the lowest open one, lowest first, each by the offsets of its first and its last
   * record, until `visit` answers false. Costs a step for each run and each open record on the way.
   */
  completedRuns(visit: (firstOffset: number, lastOffset: number) => boolean): void {
    let sequence = this.#head + 1;
    while (sequence <= this.#highestAbove) {
      if (this.#completed[sequence & this.#mask] !== 1) {
        sequence++;
        continue;
      }
      const last = sequence + (this.#runLengths[sequence & this.#mask] as number) - 1;
      if (!visit(this.#offsets[sequence & this.#mask] as number, this.#offsets[last & this.#mask] as number)) return;
      sequence = last + 2;
    }
  }

  /** The records from the position up to `offset` are gone from the log: the next batch comes from there. */
  passOver(offset: number): void {
    if (!Number.isSafeInteger(offset) || offset < this.#position) {
      throw new RangeError(`The position cannot move from ${this.#position} back to ${offset}.`);
    }
    this.#position = offset;
  }

  /** The head is completed: on to the next open record, over the run that may follow. */
  #advance(): void {
    this.#head++;
    const slot = this.#head & this.#mask;
    if (this.#head < this.#tail && this.#completed[slot] === 1) this.#head += this.#runLengths[slot] as number;
  }

  #join(sequence: number): void {
    let first = sequence;
    let last = sequence;
    // The head itself is open, so a completed neighbour below is above it.
    if (this.#completed[(sequence - 1) & this.#mask] === 1) first -= this.#runLengths[(sequence - 1) & this.#mask] as number;
    if (sequence + 1 < this.#tail && this.#completed[(sequence + 1) & this.#mask] === 1)
      last += this.#runLengths[(sequence + 1) & this.#mask] as number;
    this.#runLengths[first & this.#mask] = last - first + 1;
    this.#runLengths[last & this.#mask] = last - first + 1;
    this.#completedAbove++;
    if (sequence > this.#highestAbove) this.#highestAbove = sequence;
  }

  #reserve(count: number): void {
    const needed = this.#tail - this.#head + count;
    if (needed <= this.#offsets.length) return;
    let capacity = this.#offsets.length;
    while (capacity < needed) capacity *= 2;
    const offsets = new Float64Array(capacity);
    const completed = new Uint8Array(capacity);
    const runLengths = new Uint32Array(capacity);
    for (let sequence = this.#head; sequence < this.#tail; sequence++) {
      offsets[sequence & (capacity - 1)] = this.#offsets[sequence & this.#mask] as number;
      completed[sequence & (capacity - 1)] = this.#completed[sequence & this.#mask] as number;
      runLengths[sequence & (capacity - 1)] = this.#runLengths[sequence & this.#mask] as number;
    }
    this.#offsets = offsets;
    this.#completed = completed;
    this.#runLengths = runLengths;
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
