/**
 * The log of one partition: batches in segments of bounded length. Appending and reading copy no log: a read hands out
 * the stored batches, and moving the log start drops whole segments.
 *
 * Modelled: offsets with gaps, log start, search by offset and by timestamp, size limits on whole batches.
 * Not modelled: the other replicas' logs (one may hold the high watermark back, or lack the end), transactions (the last stable offset is the high
 * watermark), compaction, Kafka's segment sizes: retention and delete-records take effect batch by batch, earlier than
 * with Kafka's segments of 1 GiB.
 */
import { firstIndex, LogSegment } from './log-segment.ts';
import type { RecordBatch } from './record-batch.ts';
import type { KafkaRecord } from '../../src/record.ts';

const BATCHES_PER_SEGMENT = 256;

export class PartitionLog {
  #segments: LogSegment[] = [];
  #logStartOffset = 0;
  #logEndOffset = 0;
  /** Where each leader epoch begins, ascending. Source: LeaderEpochFileCache. */
  #epochs: { readonly leaderEpoch: number; readonly startOffset: number }[] = [];
  #heldAt = Number.POSITIVE_INFINITY;

  get logStartOffset(): number {
    return this.#logStartOffset;
  }

  /** The offset that the next record gets. */
  get logEndOffset(): number {
    return this.#logEndOffset;
  }

  /** What every in-sync replica has: consumers see nothing at or above it. The log end unless it is held back. */
  get highWatermark(): number {
    return Math.min(this.#heldAt, this.#logEndOffset);
  }

  get lastStableOffset(): number {
    return this.highWatermark;
  }

  /** A replica stays behind at the log end of now; null: it has caught up. */
  hold(held: boolean): void {
    this.#heldAt = held ? Math.min(this.#heldAt, this.#logEndOffset) : Number.POSITIVE_INFINITY;
  }

  /** Bytes of the batches at or above the log start. */
  get sizeInBytes(): number {
    return this.bytesFrom(this.#logStartOffset);
  }

  /** The first batch that holds anything at or above the log start. */
  get firstBatch(): RecordBatch | null {
    return this.batches(this.#logStartOffset).next().value ?? null;
  }

  append(batch: RecordBatch): void {
    if (batch.baseOffset < this.#logEndOffset)
      throw new RangeError(`Batch at offset ${batch.baseOffset} below the log end ${this.#logEndOffset}`);
    let segment = this.#segments.at(-1);
    if (segment === undefined || segment.batches.length >= BATCHES_PER_SEGMENT) {
      segment = new LogSegment(batch.baseOffset, segment?.endPosition ?? 0);
      this.#segments.push(segment);
    }
    segment.append(batch);
    this.#logEndOffset = batch.lastOffset + 1;
    const { partitionLeaderEpoch: leaderEpoch, baseOffset: startOffset } = batch;
    if (leaderEpoch > (this.#epochs.at(-1)?.leaderEpoch ?? -1)) this.#epochs.push({ leaderEpoch, startOffset });
  }

  /**
   * Whole batches below the high watermark from the one that holds `offset` on, at most `maxBytes` together. The first is taken whatever its size
   * when `minOneBatch`. Source: LogSegment.read, and ReplicaManager, which replaces an incomplete first batch by nothing.
   */
  read(offset: number, maxBytes: number, minOneBatch: boolean): RecordBatch[] {
    const found: RecordBatch[] = [];
    const { highWatermark } = this;
    // What most long polls find.
    if (offset >= highWatermark) return found;
    let size = 0;
    for (const batch of this.batches(offset)) {
      if (batch.lastOffset >= highWatermark) break;
      size += batch.sizeInBytes;
      if (size > maxBytes && !(minOneBatch && found.length === 0)) break;
      found.push(batch);
    }
    return found;
  }

  /** Bytes from the batch that holds `offset` to the log end. */
  bytesFrom(offset: number): number {
    const segment = this.#segments[this.#segmentOf(offset)];
    const last = this.#segments.at(-1);
    if (segment === undefined || last === undefined) return 0;
    return last.endPosition - segment.startPosition(segment.findByOffset(offset));
  }

  /** The same, up to the high watermark. */
  readableBytesFrom(offset: number): number {
    const { highWatermark } = this;
    if (highWatermark === this.#logEndOffset) return this.bytesFrom(offset);
    return offset >= highWatermark ? 0 : this.bytesFrom(offset) - this.bytesFrom(highWatermark);
  }

  /**
   * Where this log parts from one whose record before `offset` was written in this leader epoch; null where it has that too.
   * Source: Partition.readRecords, LeaderEpochFileCache.endOffsetFor.
   */
  divergesAt(offset: number, leaderEpoch: number): number | null {
    const index = this.#epochs.findLastIndex((epoch) => epoch.leaderEpoch <= leaderEpoch);
    const endOffset = this.#epochs[index + 1]?.startOffset ?? this.#logEndOffset;
    // What is older than all that it has is either below its start, or was written over.
    return (this.#epochs[index]?.leaderEpoch ?? leaderEpoch) < leaderEpoch || endOffset < offset ? endOffset : null;
  }

  /** Drops the batches that hold anything at or above `offset`, as a replica that never had them. */
  truncate(offset: number): void {
    while (this.#segments.length > 0) {
      const segment = this.#segments.at(-1) as LogSegment;
      const end = segment.truncate(Math.max(offset, this.#logStartOffset));
      if (end === null) return;
      this.#logEndOffset = end;
      this.#epochs = this.#epochs.filter(({ startOffset }) => startOffset < end);
      if (segment.batches.length > 0) return;
      this.#segments.pop();
    }
  }

  /** Batches from the one that holds `offset` on; what is appended meanwhile comes too. */
  *batches(offset: number): Generator<RecordBatch, undefined> {
    let segmentIndex = this.#segmentOf(offset);
    let segment = this.#segments[segmentIndex];
    if (segment === undefined) return undefined;
    let batchIndex = segment.findByOffset(offset);
    while (segment !== undefined) {
      const batch = segment.batches[batchIndex];
      if (batch === undefined) {
        segmentIndex += 1;
        segment = this.#segments[segmentIndex];
        batchIndex = 0;
      } else {
        batchIndex += 1;
        yield batch;
      }
    }
    return undefined;
  }

  /** The first record in the log with a timestamp at or after `timestamp`. Source: UnifiedLog.fetchOffsetByTimestamp. */
  findByTimestamp(timestamp: number): KafkaRecord | null {
    const segment = this.#segments.find((candidate) => candidate.maxTimestamp >= timestamp && candidate.lastOffset >= this.#logStartOffset);
    if (segment === undefined) return null;
    const batch = segment.batches[segment.findByTimestamp(timestamp)] as RecordBatch;
    for (const { maxTimestamp, records } of this.batches(Math.max(batch.baseOffset, this.#logStartOffset))) {
      if (maxTimestamp < timestamp) continue;
      const record = records.find((candidate) => candidate.timestamp >= timestamp && candidate.offset >= this.#logStartOffset);
      if (record !== undefined) return record;
    }
    return null;
  }

  /** The first record that has the greatest timestamp in the log. */
  findMaxTimestamp(): KafkaRecord | null {
    let max = -1;
    for (const batch of this.batches(this.#logStartOffset)) max = Math.max(max, batch.maxTimestamp);
    return max < 0 ? null : this.findByTimestamp(max);
  }

  /** Moves the log start up to `offset`, at most to the log end; never back. Batches wholly below are let go. */
  moveStart(offset: number): void {
    if (offset <= this.#logStartOffset) return;
    this.#logStartOffset = Math.min(offset, this.#logEndOffset);
    const keep = firstIndex(this.#segments.length, (index) => (this.#segments[index] as LogSegment).lastOffset >= this.#logStartOffset);
    if (keep > 0) this.#segments.splice(0, keep);
  }

  /** Index of the first segment that ends at or above `offset`. */
  #segmentOf(offset: number): number {
    return firstIndex(this.#segments.length, (index) => (this.#segments[index] as LogSegment).lastOffset >= offset);
  }
}
