import type { KafkaRecord } from '../record.ts';
import { recordBytes } from './compact-record.ts';

/** Accepted records of one partition that are not terminal yet, in order. Keeps the batches as they came, copies nothing. */
export class RecordQueue {
  #batches: { readonly records: readonly KafkaRecord[]; readonly bytes: number }[] = [];
  #head: readonly KafkaRecord[] = [];
  #headIndex = 0;
  #headBytes = 0;
  #length = 0;
  #waitingBytes = 0;

  get length(): number {
    return this.#length;
  }

  /** Keys, values and headers, with the batch at the head counted whole until its last record has left. */
  get bytes(): number {
    return this.#headBytes + this.#waitingBytes;
  }

  push(records: readonly KafkaRecord[]): void {
    if (records.length === 0) return;
    const bytes = sizeOf(records);
    this.#length += records.length;
    if (this.#headIndex < this.#head.length) {
      this.#batches.push({ records, bytes });
      this.#waitingBytes += bytes;
    } else {
      this.#setHead(records, bytes);
    }
  }

  peek(): KafkaRecord | undefined {
    return this.#head[this.#headIndex];
  }

  /** Removes the head. Only when there is one. */
  shift(): void {
    this.#length--;
    if (++this.#headIndex < this.#head.length) return;
    const next = this.#batches.shift();
    if (next === undefined) {
      this.#setHead([], 0);
    } else {
      this.#waitingBytes -= next.bytes;
      this.#setHead(next.records, next.bytes);
    }
  }

  clear(): void {
    this.#batches = [];
    this.#length = 0;
    this.#waitingBytes = 0;
    this.#setHead([], 0);
  }

  #setHead(records: readonly KafkaRecord[], bytes: number): void {
    this.#head = records;
    this.#headIndex = 0;
    this.#headBytes = bytes;
  }
}

function sizeOf(records: readonly KafkaRecord[]): number {
  let bytes = 0;
  for (let index = 0; index < records.length; index++) bytes += recordBytes(records[index] as KafkaRecord);
  return bytes;
}
