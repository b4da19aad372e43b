/** The bug zoo: consumers that each have one classic defect, and what the suite must say about them. */
import { originalModuleEntry } from './entries/00-original-module.ts';
import { commitPastSkip } from './entries/01-commit-past-skip.ts';
import { failureIgnored } from './entries/02-failure-ignored.ts';
import { commitBeforeProcessing } from './entries/03-commit-before-processing.ts';
import { commitsAnyway } from './entries/04-commits-anyway.ts';
import { offByOne } from './entries/05-off-by-one.ts';
import { lastPartitionOnly } from './entries/06-last-partition-only.ts';
import { olderOffsetOverwrites } from './entries/07-older-offset-overwrites.ts';
import { unprocessedCommittedAtRevoke } from './entries/08-unprocessed-committed-at-revoke.ts';
import { staleCompletion } from './entries/09-stale-completion.ts';
import { deferredNeverDrained } from './entries/10-deferred-never-drained.ts';
import { unassignedMovesPosition } from './entries/11-unassigned-moves-position.ts';
import { fencedBeforeDraining } from './entries/12-fenced-before-draining.ts';
import { pauseKept } from './entries/13-pause-kept.ts';
import { skipLostInRebalance } from './entries/14-skip-lost-in-rebalance.ts';
import { startNotStored } from './entries/15-start-not-stored.ts';
import { expiredOffsets } from './entries/16-expired-offsets.ts';
import { silentJump } from './entries/17-silent-jump.ts';
import { poisonRecord } from './entries/18-poison-record.ts';
import { blockedHeartbeats } from './entries/19-blocked-heartbeats.ts';
import { letterPerCommit } from './entries/20-letter-per-commit.ts';
import { letterLost } from './entries/21-letter-lost.ts';
import { commitOnClose } from './entries/22-commit-on-close.ts';
import { tombstoneDropped } from './entries/23-tombstone-dropped.ts';
import { nullKey } from './entries/24-null-key.ts';
import { offsetArithmetic } from './entries/25-offset-arithmetic.ts';
import { refusalIgnored } from './entries/28-refusal-ignored.ts';
import { staleBatch } from './entries/29-stale-batch.ts';
import { retryInNextGeneration } from './entries/30-retry-in-next-generation.ts';
import { commitNeverSent } from './entries/31-commit-never-sent.ts';
import { reusedSequence } from './entries/32-reused-sequence.ts';
import { negativeOffset } from './entries/33-negative-offset.ts';
import { oldLetter } from './entries/34-old-letter.ts';
import { impossibleLetter } from './entries/35-impossible-letter.ts';
import { outageFillsDeadLetters } from './entries/36-outage-fills-dead-letters.ts';
import { lateCallOverlaps } from './entries/37-late-call-overlaps.ts';
import { lagBehindGaps } from './entries/38-lag-behind-gaps.ts';
import type { ZooEntry } from './zoo-entry.ts';

/** In the order of the catalogue. */
export const bugZoo: readonly ZooEntry[] = [
  originalModuleEntry,
  commitPastSkip,
  failureIgnored,
  commitBeforeProcessing,
  commitsAnyway,
  offByOne,
  lastPartitionOnly,
  olderOffsetOverwrites,
  unprocessedCommittedAtRevoke,
  staleCompletion,
  deferredNeverDrained,
  unassignedMovesPosition,
  fencedBeforeDraining,
  pauseKept,
  skipLostInRebalance,
  startNotStored,
  expiredOffsets,
  silentJump,
  poisonRecord,
  blockedHeartbeats,
  letterPerCommit,
  letterLost,
  commitOnClose,
  tombstoneDropped,
  nullKey,
  offsetArithmetic,
  refusalIgnored,
  staleBatch,
  retryInNextGeneration,
  commitNeverSent,
  reusedSequence,
  negativeOffset,
  oldLetter,
  impossibleLetter,
  outageFillsDeadLetters,
  lateCallOverlaps,
  lagBehindGaps,
];

/** Entries of the catalogue that cannot be played yet, and why. */
export const notYet: readonly { readonly id: number; readonly name: string; readonly reason: string }[] = [
  {
    id: 26,
    name: 'aborted records read as committed, or a crash on the abort marker',
    reason: 'needs transactions, which the in-memory broker does not have yet',
  },
  {
    id: 27,
    name: 'abort without rewinding the input position',
    reason: 'needs transactions, which the in-memory broker does not have yet',
  },
];
