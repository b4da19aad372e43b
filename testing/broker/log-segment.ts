import type { RecordBatch } from './record-batch.ts';

/** A run of batches of one log, with what the searches need. Appended to, never copied, dropped as a whole. */
export class LogSegment {
  readonly baseOffset: number;
  /** Bytes of the log before this segment, counted from the log's first ever. */
  readonly basePosition: number;
  readonly batches: RecordBatch[] = [];
  /** Position after each batch. */
  readonly #endPositions: number[] = [];
  /** Greatest timestamp up to and with each batch: grows, so that it can be searched although timestamps do not. */
  readonly #maxTimestamps: number[] = [];

  constructor(baseOffset: number, basePosition: number) {
    this.baseOffset = baseOffset;
    this.basePosition = basePosition;
  }

  append(batch: RecordBatch): void {
    this.batches.push(batch);
    this.#endPositions.push(this.endPosition + batch.sizeInBytes);
    this.#maxTimestamps.push(Math.max(this.maxTimestamp, batch.maxTimestamp));
  }

  /** Drops the batches that hold anything at or above `offset`; the base offset of the first of them, null when there is none. */
  truncate(offset: number): number | null {
    let end: number | null = null;
    for (let last = this.batches.at(-1); last !== undefined && last.lastOffset >= offset; last = this.batches.at(-1)) {
      end = last.baseOffset;
      this.batches.pop();
      this.#endPositions.pop();
      this.#maxTimestamps.pop();
    }
    return end;
  }

  get endPosition(): number {
    return this.#endPositions.at(-1) ?? this.basePosition;
  }

  get maxTimestamp(): number {
    return this.#maxTimestamps.at(-1) ?? -1;
  }

  /** −1 when it is empty. */
  get lastOffset(): number {
    return this.batches.at(-1)?.lastOffset ?? -1;
  }

  /** Where the batch begins, in bytes. */
  startPosition(index: number): number {
    return index === 0 ? this.basePosition : (this.#endPositions[index - 1] as number);
  }

  /** Index of the first batch that ends at or above `offset`. */
  findByOffset(offset: number): number {
    return firstIndex(this.batches.length, (index) => (this.batches[index] as RecordBatch).lastOffset >= offset);
  }

  /** Index of the first batch with a record at or after `timestamp`. */
  findByTimestamp(timestamp: number): number {
    return firstIndex(this.#maxTimestamps.length, (index) => (this.#maxTimestamps[index] as number) >= timestamp);
  }
}

/** Smallest index for which `holds`, or `length`; `holds` must stay true once it is. */
export function firstIndex(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
