import type { EventOf, History } from './history.ts';
import type { Holding } from './holding.ts';
import { makeRecord, type RecordState } from './record-state.ts';

/** What is known of one partition so far: its records, who owns it, and what the group has stored for it. */
export interface PartitionState {
  readonly topic: string;
  readonly partition: number;
  /** In offset order. */
  readonly records: readonly RecordState[];
  readonly byOffset: ReadonlyMap<number, RecordState>;
  readonly holdings: Map<string, Holding>;
  /** The latest assignment of the partition, by whatever member. */
  owner: Holding | null;
  /** Records below it were never promised: the group started here. */
  baseline: number;
  /** Where the log ended at the group's first assignment: a start below it is none of `latest`. */
  firstLogEnd: number | null;
  /** As the broker was last seen to store it. */
  committed: number | null;
  acknowledged: number | null;
  /** What the group had stored is gone, by the coordinator's word: whatever comes again is explained. */
  expired: boolean;
  unknownCommits: number;
  /** Index of the first record at or above the baseline that is not done, save those in `reopened`. */
  frontier: number;
  /** Records below the frontier that were done and came open again. */
  readonly reopened: Set<RecordState>;
  /** Lowest record that retention removed before it was done; null when there is none. */
  firstRemovedOpen: number | null;
}

export function makePartition(
  topic: string,
  partition: number,
  offsets: ReadonlyMap<number, EventOf<'produced'> | null>,
  history: History,
): PartitionState {
  const records = Array.from(offsets, ([offset, produced]) => makeRecord(offset, produced));
  records.sort((left, right) => left.offset - right.offset);
  return {
    topic,
    partition,
    records,
    byOffset: new Map(records.map((record) => [record.offset, record])),
    holdings: new Map(),
    owner: null,
    // Under `latest` nothing is promised before the group's first assignment.
    baseline: history.settings.offsetReset === 'latest' ? Number.MAX_SAFE_INTEGER : 0,
    firstLogEnd: null,
    committed: null,
    acknowledged: null,
    expired: false,
    unknownCommits: 0,
    frontier: history.settings.offsetReset === 'latest' ? records.length : 0,
    reopened: new Set(),
    firstRemovedOpen: null,
  };
}
