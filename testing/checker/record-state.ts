import type { CallOutcome, EventOf } from './history.ts';
import type { Holding } from './holding.ts';

/** What is known of one record so far. */
export interface RecordState {
  readonly offset: number;
  key: string | null;
  tombstone: boolean;
  /** In which it was written, as the log told whoever fetched it; null while nobody knows. */
  leaderEpoch: number | null;
  /** Known to be written: its producer was told so, or the log has it. */
  written: boolean;
  removed: boolean;
  /** Its last answer in a valid epoch was Consume or Reject. */
  terminal: boolean;
  terminalMember: string | null;
  terminalEpoch: number;
  /** Rejected in this holding, and its dead letter is not acknowledged yet. Only where one was promised. */
  awaitsLetter: Holding | null;
  /** Some answer of it was Reject, valid or not, or it was given up. */
  everRejected: boolean;
  /** The last answer, valid or not, for messages. */
  lastOutcome: CallOutcome | 'stale' | null;
  lastReason: string | null;
  deliveries: number;
}

/** A record that nothing has happened to yet; `produced` is null where nobody told what its producer wrote. */
export function makeRecord(offset: number, produced: EventOf<'produced'> | null): RecordState {
  return {
    offset,
    key: produced?.key ?? null,
    tombstone: produced?.tombstone ?? false,
    leaderEpoch: null,
    written: false,
    removed: false,
    terminal: false,
    terminalMember: null,
    terminalEpoch: -1,
    awaitsLetter: null,
    everRejected: false,
    lastOutcome: null,
    lastReason: null,
    deliveries: 0,
  };
}
