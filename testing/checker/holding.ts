import type { ReadLedger } from './read-ledger.ts';

/** A partition in the hands of one member, in one epoch. */
export interface Holding {
  readonly member: string;
  readonly epoch: number;
  /** Of the group; greater when later. */
  readonly generation: number;
  readonly committedOffset: number | null;
  /** What the group's last acknowledged commit was when this holding began; null when there was none. */
  readonly acknowledgedBefore: number | null;
  /** A commit without an answer was on its way when this holding began, so the stored offset may be it. */
  readonly unknownBefore: boolean;
  readonly assignedAt: number;
  /** What the metadata that was stored with the committed offset says is done above it; null where nothing there can be believed. */
  ledger: ReadLedger | null;
  /** What its first fetch asked for. */
  fetchedFrom: number | null;
  active: boolean;
  calls: number;
}
