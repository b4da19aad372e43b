import type { Timer } from '../clock.ts';
import type { Batch, OpenBatch } from './batch.ts';
import { openBatch } from './batch.ts';
import type { PendingRecord } from './pending-record.ts';

/** What waits for one partition. One batch is under way at a time, or a retry could overtake what was sent after it. */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  /** In order of sending; the first is the one under way or waiting to be tried again, if any. Bounded by the buffer's bytes. */
  readonly batches: Batch[] = [];
  inFlight = false;
  /** Whether the last answer was none or a refusal: then it travels apart, so that a sick leader holds up nobody twice. */
  ailing = false;
  /** Set while the first batch waits to be tried again. */
  retryTimer: Timer | null = null;
  /** The last of `batches`, as long as it takes records. */
  #open: OpenBatch | null = null;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  /** Whether the next record would start a new batch. */
  startsBatch(bytes: number, batchBytes: number): boolean {
    return this.#open === null || this.#open.bytes + bytes > batchBytes;
  }

  append(record: PendingRecord, batchBytes: number, lingerUntil: number): void {
    if (this.#open === null || this.startsBatch(record.bytes, batchBytes)) {
      this.#open = openBatch(record, lingerUntil);
      this.batches.push(this.#open);
      return;
    }
    this.#open.pending.push(record);
    this.#open.records.push(record.record);
    this.#open.bytes += record.bytes;
  }

  /** Whether the first batch may go out without lingering any longer. */
  isDue(now: number, batchBytes: number): boolean {
    return this.batches[0] !== this.#open || this.#open === null || this.#open.bytes >= batchBytes || this.#open.lingerUntil <= now;
  }

  /** When the first batch stops lingering; only of use while it is not due. */
  get lingerUntil(): number {
    return this.#open?.lingerUntil ?? 0;
  }

  /** The first batch, which takes no more records from now on. */
  close(): Batch | undefined {
    const [first] = this.batches;
    if (first === this.#open) this.#open = null;
    return first;
  }

  /** Replaces the first batch, which is settled or split. */
  replaceFirst(...parts: readonly Batch[]): void {
    this.batches.splice(0, 1, ...parts);
  }
}
