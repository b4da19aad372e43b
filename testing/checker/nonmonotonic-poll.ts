import { watching, type Invariant } from './invariant.ts';
import { partitionName } from './wording.ts';

/** Within an epoch, no accepted batch begins below the end of one that was accepted before, unless the subject asked for it (`fetchFrom`). Across assignments that is legal. */
export const nonmonotonicPoll: Invariant = {
  name: 'nonmonotonic-poll',
  promise: 'Batches came in the order of the log.',
  watch(_state, judge) {
    const ends = new Map<string, { readonly epoch: number; readonly end: number }>();
    return watching(['client-fetch-from', 'client-revoked', 'client-lost', 'client-batch'], {
      see(event) {
        if (event.kind === 'client-fetch-from') ends.delete(`${event.member} ${partitionName(event)}`);
        if (event.kind === 'client-revoked' || event.kind === 'client-lost') {
          const lane = `${event.member} ${partitionName(event)}`;
          // A revocation may end long after its grace, when the partition is already held anew.
          if (ends.get(lane)?.epoch === event.epoch) ends.delete(lane);
        }
        if (event.kind !== 'client-batch' || !event.accepted) return;
        const lane = `${event.member} ${partitionName(event)}`;
        const before = ends.get(lane);
        ends.set(lane, { epoch: event.epoch, end: event.nextOffset });
        if (before === undefined || before.epoch !== event.epoch) return;
        judge.evaluated();
        if (event.fetchedFrom >= before.end) return;
        judge.violated({
          where: event,
          offsets: [event.fetchedFrom],
          members: [event.member],
          at: event.at,
          message:
            `${partitionName(event)}: ${event.member} had come to offset ${before.end} and then accepted a batch from offset ${event.fetchedFrom}, which it had not asked for. ` +
            'What stands in both is handled twice.',
        });
      },
    });
  },
};
