import { watching, type Invariant } from './invariant.ts';
import type { CheckerState } from './checker-state.ts';
import { partitionName } from './wording.ts';

/**
 * What a consumer is handed leaves no record out: a batch holds every record that the log has between the offset it was
 * fetched from and its end. What retention removed, compaction took or a transaction aborted is a gap; a jump between two
 * batches is `discontinuity`'s to judge.
 */
export const pollSkip: Invariant = {
  name: 'poll-skip',
  promise: 'No batch left out a record.',
  watch(state, judge) {
    const logged = offsetsByPartition(state);
    return watching(['client-batch'], {
      see(event) {
        if (event.kind !== 'client-batch' || !event.accepted) return;
        const offsets = logged.get(partitionName(event));
        if (offsets === undefined) return;
        judge.evaluated();
        const expected = countBetween(offsets, event.fetchedFrom, event.nextOffset);
        if (event.records >= expected) return;
        judge.violated({
          where: event,
          offsets: [event.fetchedFrom],
          members: [event.member],
          at: event.at,
          message:
            `${partitionName(event)}: ${event.member} was handed offsets ${event.fetchedFrom} to ${event.nextOffset - 1} as ${event.records} records, where the log has ${expected}. ` +
            'What was left out never reaches a handler, and the next commit passes it.',
        });
      },
    });
  },
};

function offsetsByPartition(state: CheckerState): ReadonlyMap<string, readonly number[]> {
  // What a log held that another has replaced is not known.
  const replaced = new Set(state.history.events.flatMap((event) => (event.kind === 'log-replaced' ? [partitionName(event)] : [])));
  const known = state.history.logs.filter((log) => !replaced.has(partitionName(log)));
  return new Map(known.map((log) => [partitionName(log), log.offsets]));
}

/** How many of these ascending offsets lie from `from` up to `to`, which is not included. */
function countBetween(offsets: readonly number[], from: number, to: number): number {
  return firstAtOrAbove(offsets, to) - firstAtOrAbove(offsets, from);
}

function firstAtOrAbove(offsets: readonly number[], offset: number): number {
  let low = 0;
  let high = offsets.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((offsets[middle] ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
