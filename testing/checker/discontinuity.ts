import { watching, type Invariant } from './invariant.ts';
import { openBelow } from './open-records.ts';
import { listOffsets, partitionName } from './wording.ts';

/**
 * Contiguity. A batch is accepted only if the offset that it was fetched from is the position: what the subject asked for
 * at the start of the epoch, and from then on the end of the last batch that it accepted. Any other batch is one of an
 * older assignment, or follows a hole.
 */
export const discontinuity: Invariant = {
  name: 'discontinuity',
  promise: 'Only batches that followed on from the position were accepted; a late batch of an old assignment was dropped.',
  watch(state, judge) {
    const positions = new Map<string, { readonly epoch: number; readonly position: number | null }>();
    return watching(['client-fetch-from', 'client-revoked', 'client-lost', 'client-batch'], {
      see(event) {
        if (event.kind === 'client-fetch-from') {
          positions.set(`${event.member} ${partitionName(event)}`, { epoch: event.epoch, position: event.offset });
          return;
        }
        if (event.kind === 'client-revoked' || event.kind === 'client-lost') {
          const lane = `${event.member} ${partitionName(event)}`;
          // A revocation may end long after its grace, when the partition is already held anew.
          if (positions.get(lane)?.epoch === event.epoch) positions.delete(lane);
          return;
        }
        if (event.kind !== 'client-batch') return;
        const lane = `${event.member} ${partitionName(event)}`;
        const known = positions.get(lane);
        const position = known !== undefined && known.epoch === event.epoch ? known.position : null;
        positions.set(lane, { epoch: event.epoch, position: event.accepted ? event.nextOffset : null });
        if (!event.accepted) return;
        judge.evaluated();
        if (position === event.fetchedFrom) return;
        const partition = state.partition(event);
        const hole = position === null ? [] : openBelow(partition, event.fetchedFrom).filter((record) => record.offset >= position);
        const offsets = hole.map((record) => record.offset);
        const { length } = offsets;
        const consequence =
          length === 0
            ? 'It belongs to an older assignment: what it holds is not the work of this one.'
            : `Of this assignment, ${listOffsets(offsets)} ${length === 1 ? 'is' : 'are'} not done and in nobody's books: the next commit passes ${length === 1 ? 'it' : 'them'}.`;
        judge.violated({
          where: partition,
          offsets,
          members: [event.member],
          at: event.at,
          message:
            `${partitionName(partition)}: ${event.member} stood at ${position === null ? 'no position' : `offset ${position}`} and accepted a batch that was fetched from offset ` +
            `${event.fetchedFrom}. ${consequence}`,
        });
      },
    });
  },
};
