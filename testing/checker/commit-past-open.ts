import type { EventOf } from './history.ts';
import { watching, type Invariant, type Judge } from './invariant.ts';
import type { CheckerState } from './checker-state.ts';
import { openBelow } from './open-records.ts';
import type { PartitionState } from './partition-state.ts';
import { describeRecord, partitionName } from './wording.ts';

/**
 * The core invariant. Every record from the baseline up to a committed offset is done at that moment: its last answer, by
 * the partition's owner in a then-valid epoch, was Consume or Reject; or it is a gap, or was removed by retention.
 *
 * Judged twice: when a commit is sent (it counts once it was acknowledged, or once the broker is seen to store it), and
 * whenever the broker is asked, so that a commit that bypassed the tap is seen too.
 */
export const commitPastOpen: Invariant = {
  name: 'commit-past-open',
  promise: 'No commit passed a record that was not done: whatever was skipped or failed is delivered again after a restart.',
  watch(state, judge) {
    /** Commits that were sent past open records, by their number, until their outcome is known. */
    const suspects = new Map<number, Suspect>();
    /** Suspects whose outcome is unknown: judged by what the broker stores. */
    const unanswered = new Map<PartitionState, Suspect[]>();
    const reported = new Set<PartitionState>();
    const report = (suspect: Suspect, at: number): void => {
      if (reported.has(suspect.partition)) return;
      reported.add(suspect.partition);
      violate(judge, suspect, at);
    };
    /** A rightful commit of the same offset, by whomever: what the broker stores from here on may be that one. */
    const explain = (partition: PartitionState, offset: number): void => {
      const left = unanswered.get(partition)?.filter((suspect) => suspect.offset !== offset);
      if (left !== undefined) unanswered.set(partition, left);
      for (const suspect of suspects.values()) {
        if (suspect.partition === partition && suspect.offset === offset) suspect.explained = true;
      }
    };
    return watching(['client-commit-sent', 'client-commit-settled', 'committed'], {
      see(event) {
        switch (event.kind) {
          case 'client-commit-sent': {
            judge.evaluated();
            const suspect = suspectOf(state, event, event.offset, event.member);
            if (suspect !== null) suspects.set(event.commit, suspect);
            else explain(state.partition(event), event.offset);
            return;
          }
          case 'client-commit-settled': {
            const suspect = suspects.get(event.commit);
            if (suspect === undefined) return;
            suspects.delete(event.commit);
            if (event.outcome === 'acknowledged') report(suspect, event.at);
            if (event.outcome === 'unknown' && !suspect.explained)
              unanswered.set(suspect.partition, [...(unanswered.get(suspect.partition) ?? []), suspect]);
            return;
          }
          case 'committed': {
            if (event.offset === null || event.offset < 0) return;
            judge.evaluated();
            const partition = state.partition(event);
            const stored = unanswered.get(partition)?.find((suspect) => suspect.offset === event.offset);
            const suspect = stored ?? suspectOf(state, event, event.offset, partition.owner?.member ?? null);
            if (suspect !== null) report(suspect, event.at);
            return;
          }
          default:
            return;
        }
      },
    });
  },
};

interface Suspect {
  readonly partition: PartitionState;
  readonly offset: number;
  readonly member: string | null;
  readonly open: readonly number[];
  readonly first: string;
  /** Somebody sent the same offset rightfully meanwhile. */
  explained: boolean;
}

function suspectOf(
  state: CheckerState,
  where: EventOf<'client-commit-sent' | 'committed'>,
  offset: number,
  member: string | null,
): Suspect | null {
  const partition = state.partition(where);
  const open = openBelow(partition, offset);
  const [first] = open;
  if (first === undefined) return null;
  return { partition, offset, member, open: open.map((record) => record.offset), first: describeRecord(first), explained: false };
}

function violate(judge: Judge, suspect: Suspect, at: number): void {
  const others = suspect.open.length > 1 ? ` and ${suspect.open.length - 1} more` : '';
  judge.violated({
    where: suspect.partition,
    offsets: suspect.open,
    members: suspect.member === null ? [] : [suspect.member],
    at,
    message:
      `${partitionName(suspect.partition)}: offset ${suspect.offset} was committed while ${suspect.first}${others} was not done. ` +
      (suspect.open.length > 1
        ? 'If the consumer restarts before they are done, those records are lost: '
        : 'If the consumer restarts before it is done, that record is lost: ') +
      `the group goes on at offset ${suspect.offset}.`,
  });
}
