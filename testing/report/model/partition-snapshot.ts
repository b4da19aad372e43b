import { CheckerState } from '../../checker/checker-state.ts';
import type { RecordState } from '../../checker/record-state.ts';
import type { PlayedPlan } from './played-plan.ts';

/** How a record stood at the moment when the promise broke. */
export type RecordStanding = 'consumed' | 'rejected' | 'skipped' | 'failed' | 'running' | 'stale' | 'waiting' | 'removed';

export interface SnapshotRecord {
  readonly offset: number;
  readonly standing: RecordStanding;
  /** The violation is about this one. */
  readonly isConcerned: boolean;
}

/** The violated partition at that moment. */
export interface PartitionSnapshot {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly SnapshotRecord[];
  /** The group's committed offset then, the violating commit included. */
  readonly committed: number | null;
  /** One past the last record then. */
  readonly logEnd: number;
  /** Records before and after those that are shown. */
  readonly omitted: { readonly before: number; readonly after: number };
}

const MAX_RECORDS = 16;

/** Null where the partition has no records to show. */
export function partitionSnapshot({ history, violation }: PlayedPlan): PartitionSnapshot | null {
  const state = new CheckerState(history);
  let committed: number | null = null;
  const written = new Set<number>();
  for (const [index, event] of history.events.entries()) {
    if (index > violation.event) break;
    state.see(event);
    if (!('topic' in event) || event.topic !== violation.topic || event.partition !== violation.partition) continue;
    if (event.kind === 'produced' || event.kind === 'call-started') written.add(event.offset);
    if (event.kind === 'committed') committed = event.offset;
    if (event.kind === 'client-commit-settled' && event.outcome === 'acknowledged') committed = event.offset;
  }
  const partition = state.partitions.find((each) => each.topic === violation.topic && each.partition === violation.partition);
  if (partition === undefined) return null;
  const running = new Set([...state.runningCalls.values()].filter((call) => call.partition === partition).map((call) => call.record));
  const records = partition.records.filter((record) => written.has(record.offset) || violation.offsets.includes(record.offset));
  if (records.length === 0) return null;
  const from = firstShown(records, violation.offsets);
  const shown = records.slice(from, from + MAX_RECORDS);
  return {
    topic: violation.topic,
    partition: violation.partition,
    records: shown.map((record) => ({
      offset: record.offset,
      standing: standingOf(record, running.has(record)),
      isConcerned: violation.offsets.includes(record.offset),
    })),
    committed,
    logEnd: Math.max(-1, ...records.map((record) => record.offset)) + 1,
    omitted: { before: from, after: records.length - from - shown.length },
  };
}

/** The first concerned record stands in the first third. */
function firstShown(records: readonly RecordState[], offsets: readonly number[]): number {
  if (records.length <= MAX_RECORDS) return 0;
  const at = records.findIndex((record) => offsets.includes(record.offset));
  return Math.max(0, Math.min(records.length - MAX_RECORDS, at - Math.floor(MAX_RECORDS / 3)));
}

function standingOf(record: RecordState, isRunning: boolean): RecordStanding {
  if (record.removed) return 'removed';
  if (isRunning && !record.terminal) return 'running';
  switch (record.lastOutcome) {
    case null:
      return 'waiting';
    case 'consume':
      return 'consumed';
    case 'reject':
      return 'rejected';
    case 'skip':
      return 'skipped';
    case 'failed':
      return 'failed';
    case 'stale':
      return 'stale';
  }
}
