import type { HistoryEvent } from './history.ts';
import { watching, type Invariant } from './invariant.ts';
import { LastCommits } from './last-commits.ts';
import { committableOffset, doneInHolding, openBelow } from './open-records.ts';
import type { PartitionState } from './partition-state.ts';
import { partitionName } from './wording.ts';

/** Whatever says where it happened, or changes whom a partition belongs to. */
const KINDS: readonly HistoryEvent['kind'][] = [
  'produced',
  'log-start-moved',
  'log-replaced',
  'member-stopping',
  'member-crashed',
  'fault',
  'ended',
  'client-assigned',
  'client-revoking',
  'client-revoked',
  'client-lost',
  'client-stopped',
  'client-fetch-from',
  'client-batch',

  'client-commit-sent',
  'client-commit-settled',
  'client-produce-sent',
  'client-produce-settled',
  'call-started',
  'call-ended',
  'effect',
  'committed',
];

/**
 * The opposite of the core invariant, so that a consumer that never commits does not pass: what may be committed (all
 * records before it are done) is committed within `commitLagMs`, as the broker stores it, as long as the partition stays
 * with its owner and no commit fails meanwhile; a failed commit or a new owner starts the time anew. An assignment that
 * ends with a grace, or by a stop, ends that time: what was done by then is sent before it is over.
 */
export const commitLag: Invariant = {
  name: 'commit-lag',
  promise: 'What was done was committed in time: a restart repeats little.',
  watch(state, judge) {
    const waits = new Map<PartitionState, { readonly target: number; readonly since: number }>();
    const reported = new Set<PartitionState>();
    const lastCommits = new LastCommits(state, judge);
    const check = (partition: PartitionState, at: number): void => {
      const wait = waits.get(partition);
      const owned = partition.owner !== null && partition.owner.active;
      const target = committableOffset(partition);
      const committed = partition.committed ?? partition.baseline;
      // A record that was done may come open again: then its commit is owed no longer.
      if (wait !== undefined && (committed >= wait.target || !owned || target < wait.target)) {
        judge.evaluated();
        waits.delete(partition);
      } else if (wait !== undefined && at - wait.since > state.history.settings.commitLagMs && !reported.has(partition)) {
        judge.evaluated();
        // What an earlier owner did is not this one's to commit before it has done it too, and a limit may make it wait for that.
        if (partition.owner !== null && doneInHolding(partition, partition.owner) <= committed) {
          waits.set(partition, { target: wait.target, since: at });
          return;
        }
        reported.add(partition);
        judge.violated({
          where: partition,
          offsets: [wait.target - 1],
          members: partition.owner === null ? [] : [partition.owner.member],
          at,
          message:
            `${partitionName(partition)}: every record up to ${wait.target - 1} has been done for ${Math.round(at - wait.since)} ms, ` +
            `yet the broker still stores ${partition.committed === null ? 'no offset' : `offset ${partition.committed}`}. ` +
            'After a restart all of that work is done a second time.',
        });
      }
      if (!waits.has(partition) && owned && committed < target) waits.set(partition, { target, since: at });
    };
    /** Where nothing is open and the time for everything was up, the stored offset is past the last offset that is known. */
    const checkEnd = (partition: PartitionState, at: number): void => {
      const last = partition.records.at(-1);
      if (last === undefined || partition.owner?.active !== true || openBelow(partition, Number.MAX_SAFE_INTEGER).length > 0) return;
      judge.evaluated();
      if ((partition.committed ?? -1) > last.offset || reported.has(partition)) return;
      reported.add(partition);
      judge.violated({
        where: partition,
        offsets: [last.offset],
        members: [partition.owner.member],
        at,
        message:
          `${partitionName(partition)}: nothing is open, the log ends at ${last.offset + 1}, yet the broker stores ` +
          `${partition.committed === null ? 'no offset' : `offset ${partition.committed}`}: the lag never reaches zero, and whoever watches it is woken for nothing.`,
      });
    };
    const restart = (event: HistoryEvent): void => {
      for (const [partition, wait] of waits) waits.set(partition, { target: wait.target, since: event.at });
    };
    const postpone = (partition: PartitionState, offset: number, at: number): void => {
      const wait = waits.get(partition);
      if (wait !== undefined && offset < wait.target) waits.set(partition, { target: wait.target, since: at });
    };
    return watching(KINDS, {
      see: (event) => lastCommits.see(event),
      saw(event) {
        if (
          event.kind === 'fault' ||
          event.kind === 'member-crashed' ||
          (event.kind === 'client-commit-settled' && event.outcome !== 'acknowledged')
        ) {
          restart(event);
        }
        // The books of a new owner begin with its assignment; an owner that is gone owes nothing.
        if (event.kind === 'client-assigned') waits.delete(state.partition(event));
        for (const partition of event.kind === 'member-crashed' || event.kind === 'client-stopped' ? waits.keys() : []) {
          if (partition.owner?.active !== true) waits.delete(partition);
        }
        // Whoever handles a record again owes its commit only afterwards.
        if (event.kind === 'call-started' || event.kind === 'call-ended') postpone(state.partition(event), event.offset, event.at);
        if (event.kind === 'ended') for (const partition of state.partitions) check(partition, event.at);
        if (event.kind === 'ended' && !event.drained) for (const partition of state.partitions) checkEnd(partition, event.at);
        if ('topic' in event) check(state.partition(event), event.at);
      },
    });
  },
};
