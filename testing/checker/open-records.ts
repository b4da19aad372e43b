/** Which records of a partition are open (not done), and how far everything is done. */
import type { Holding } from './holding.ts';
import type { PartitionState } from './partition-state.ts';
import type { ClaimedRun } from './read-ledger.ts';
import type { RecordState } from './record-state.ts';

/** Records from the baseline up to `offset` (not included) that are not done: at most `limit`, the lowest of the frontier first. */
export function openBelow(partition: PartitionState, offset: number, limit = 10): readonly RecordState[] {
  const open: RecordState[] = [];
  for (const record of partition.reopened) {
    if (record.offset < offset && open.length < limit) open.push(record);
  }
  for (let index = partition.frontier; index < partition.records.length && open.length < limit; index += 1) {
    const record = partition.records[index];
    if (record === undefined || record.offset >= offset) break;
    if (!record.terminal && !record.removed) open.push(record);
  }
  return open.sort((left, right) => left.offset - right.offset);
}

/** The offset that may be committed by what is known: one past the last record that is done with nothing open before it. */
export function committableOffset(partition: PartitionState): number {
  let lowest = partition.frontier;
  for (const record of partition.reopened) {
    while (lowest > 0 && (partition.records[lowest - 1]?.offset ?? -1) >= record.offset) lowest -= 1;
  }
  // What retention removed before it was done may still be in somebody's hands.
  const removed = partition.firstRemovedOpen;
  while (removed !== null && lowest > 0 && (partition.records[lowest - 1]?.offset ?? -1) >= removed) lowest -= 1;
  const last = partition.records[lowest - 1];
  return last === undefined || last.offset < partition.baseline ? partition.baseline : last.offset + 1;
}

/** One past the last of the records that were done in this holding with nothing open before them; its start where there is none. */
export function doneInHolding(partition: PartitionState, holding: Holding): number {
  let done = holding.committedOffset ?? partition.baseline;
  for (let index = firstRecordFrom(partition, done); index < partition.records.length; index += 1) {
    const record = partition.records[index];
    const here = record?.terminal === true && record.terminalMember === holding.member && record.terminalEpoch === holding.epoch;
    // What retention removed is nobody's to commit: whoever handles it still, does so from memory.
    if (record === undefined || !here) break;
    done = record.offset + 1;
  }
  return done;
}

/** Index of the first record at or above an offset. */
export function firstRecordFrom(partition: PartitionState, offset: number): number {
  let low = 0;
  let high = partition.records.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((partition.records[middle]?.offset ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What stands there was written in this leader epoch. */
export function writtenIn(partition: PartitionState, { from, to, leaderEpoch }: ClaimedRun): void {
  for (let index = firstRecordFrom(partition, from); index < partition.records.length; index += 1) {
    const record = partition.records[index];
    if (record === undefined || record.offset >= to) return;
    record.leaderEpoch = leaderEpoch;
  }
}

export function setTerminal(partition: PartitionState, record: RecordState, terminal: boolean): void {
  record.terminal = terminal;
  const atFrontier = partition.records[partition.frontier];
  const below = atFrontier === undefined || record.offset < atFrontier.offset;
  if (terminal) {
    partition.reopened.delete(record);
    advanceFrontier(partition);
  } else if (below && record.offset >= partition.baseline && !record.removed) {
    partition.reopened.add(record);
  }
}

function advanceFrontier(partition: PartitionState): void {
  for (;;) {
    const record = partition.records[partition.frontier];
    if (record === undefined || !(record.terminal || record.removed || record.offset < partition.baseline)) return;
    partition.frontier += 1;
  }
}

export function rebase(partition: PartitionState, baseline: number): void {
  partition.baseline = baseline;
  partition.frontier = 0;
  partition.reopened.clear();
  advanceFrontier(partition);
}

export function removeBelow(partition: PartitionState, offset: number): void {
  for (const record of partition.records) {
    if (record.offset >= offset) break;
    record.removed = true;
    if (!record.terminal && record.offset >= partition.baseline) partition.firstRemovedOpen ??= record.offset;
    partition.reopened.delete(record);
  }
  advanceFrontier(partition);
}
