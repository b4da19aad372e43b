import { watching, type Invariant } from './invariant.ts';
import { partitionName } from './wording.ts';

/** No batch is accepted that reaches past the last stable offset which the leader told with it: what stands there belongs to a transaction that may still be aborted. */
export const precommittedRead: Invariant = {
  name: 'precommitted-read',
  promise: 'No record was handed over before its transaction was committed.',
  watch(_state, judge) {
    return watching(['client-batch'], {
      see(event) {
        if (event.kind !== 'client-batch' || !event.accepted) return;
        const stable = event.lastStableOffset ?? null;
        // Clients tell −1 where they were not told.
        if (stable === null || stable < 0) return;
        judge.evaluated();
        if (event.nextOffset <= stable) return;
        judge.violated({
          where: event,
          offsets: [event.nextOffset - 1],
          members: [event.member],
          at: event.at,
          message:
            `${partitionName(event)}: ${event.member} accepted a batch up to offset ${event.nextOffset - 1}, while only what stands below ${stable} was committed. ` +
            'Its transaction may still be aborted: the handler acts on something that may never happen.',
        });
      },
    });
  },
};
