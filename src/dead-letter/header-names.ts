/** What every header of ours begins with, in dead letters and in redriven records. Reserved: a record's own headers of such names are dropped. */
export const HEADER_PREFIX = 'kafka-rehearsal.';

/**
 * Names of our headers; values are UTF-8 text, numbers in decimal. They are a public format: docs/usage.md, "Dead letters".
 * `kind`: `letter`, `pointer` (the record was too large, and its value stayed where it was) or `redriven` (see redrive-mark.ts).
 */
export const HEADER = {
  kind: 'kafka-rehearsal.dead-letter',
  /** `topic/partition/offset` of the record that was rejected first, whatever became of it since: the same in all its lives. */
  id: 'kafka-rehearsal.id',
  originTopic: 'kafka-rehearsal.origin-topic',
  originPartition: 'kafka-rehearsal.origin-partition',
  originOffset: 'kafka-rehearsal.origin-offset',
  originTimestamp: 'kafka-rehearsal.origin-timestamp',
  /** Timestamp of the record that `id` names. */
  firstTimestamp: 'kafka-rehearsal.first-timestamp',
  group: 'kafka-rehearsal.group',
  reason: 'kafka-rehearsal.reason',
  errorClass: 'kafka-rehearsal.error-class',
  errorMessage: 'kafka-rehearsal.error-message',
  attempts: 'kafka-rehearsal.attempts',
  failures: 'kafka-rehearsal.failures',
  /** The record's own headers, where the transport cannot carry them as they are; see carried-headers.ts. */
  headers: 'kafka-rehearsal.headers',
  /** Of a mark: the offsets, in its own partition, of the letters that were redriven. */
  redriven: 'kafka-rehearsal.redriven-offsets',
} as const;
