import type { GroupPartitionOffset } from './group-offsets.ts';

/**
 * `none`: it stands there already, and nothing is written. `first`: it had none that counts. `back`: records are delivered again.
 * `forward`: records may be passed over.
 */
export type OffsetChange = 'none' | 'first' | 'back' | 'forward';

/** What setting one partition's offset does. Counts are of offsets, so at most so many records: logs have gaps. */
export interface PlannedOffset extends GroupPartitionOffset {
  readonly newOffset: number;
  readonly change: OffsetChange;
  /** Delivered before, and delivered again. */
  readonly deliveredAgain: number;
  /** In the log, not done as far as the commit tells, and never delivered to this group if the offset is set. */
  readonly passedOver: number;
  /**
   * Setting it breaks the promise that a commit passes no open record, so that it needs an explicit word. Passed records do
   * not where the group has no offset in the whole topic: then the new one is where it begins.
   */
  readonly breaksPromise: boolean;
  /** The commit's metadata goes with the old offset: what it said to be done above the new one is delivered again. */
  readonly dropsMetadata: boolean;
}

/** Pure. `newOffset` is within the log; `isFirstStart`: the group has no offset in any partition of the topic. */
export function planOffset(stands: GroupPartitionOffset, newOffset: number, isFirstStart: boolean): PlannedOffset {
  const { committed, metadata, logStartOffset, logEndOffset } = stands;
  const change: OffsetChange =
    committed === null || committed < 0 ? 'first' : newOffset === committed ? 'none' : newOffset < committed ? 'back' : 'forward';
  // A negative offset counts as none, and tells nothing of what was done.
  const doneBefore = Math.max(committed ?? logStartOffset, logStartOffset);
  const passedOver = change === 'none' ? 0 : Math.max(0, newOffset - doneBefore);
  return {
    ...stands,
    newOffset,
    change,
    deliveredAgain: change === 'back' ? Math.max(0, Math.min(doneBefore, logEndOffset) - newOffset) : 0,
    passedOver,
    breaksPromise: passedOver > 0 && !isFirstStart,
    dropsMetadata: change !== 'none' && metadata !== null,
  };
}
