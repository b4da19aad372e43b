import type { ProduceRecord } from '../transport.ts';
import type { PendingRecord } from './pending-record.ts';

/** Records of one partition that travel together. */
export interface Batch {
  readonly pending: readonly PendingRecord[];
  /** The same records as the transport takes them; kept beside, so that a retry makes no new array. */
  readonly records: readonly ProduceRecord[];
  readonly bytes: number;
  /** Milliseconds since the epoch of the first record's `send`. */
  readonly oldestSentAt: number;
  attempts: number;
  /** Whether an attempt had an unknown outcome: the records may be in the log already. */
  maybeWritten: boolean;
}

/** A batch that still takes records. */
export interface OpenBatch extends Batch {
  readonly pending: PendingRecord[];
  readonly records: ProduceRecord[];
  bytes: number;
  /** When it goes out though it is not full, by the injected clock. */
  readonly lingerUntil: number;
}

export function openBatch(first: PendingRecord, lingerUntil: number): OpenBatch {
  return {
    pending: [first],
    records: [first.record],
    bytes: first.bytes,
    oldestSentAt: first.sentAt,
    lingerUntil,
    attempts: 0,
    maybeWritten: false,
  };
}

/** Two halves in order; for a batch of at least two records that was refused for the sake of one of them. */
export function halves(batch: Batch): readonly [Batch, Batch] {
  const middle = batch.pending.length >> 1;
  return [part(batch, 0, middle), part(batch, middle, batch.pending.length)];
}

function part(batch: Batch, from: number, to: number): Batch {
  const pending = batch.pending.slice(from, to);
  const bytes = pending.reduce((sum, one) => sum + one.bytes, 0);
  const oldestSentAt = pending[0]?.sentAt ?? batch.oldestSentAt;
  return { ...batch, pending, records: batch.records.slice(from, to), bytes, oldestSentAt };
}
