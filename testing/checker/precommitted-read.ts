import { watching, type Invariant } from './invariant.ts';
import { partitionName } from './wording.ts';

/**
 * No batch is accepted that reaches past the last stable offset: what stands there belongs to a transaction that may still be
 * aborted. A broker takes the offset that it tells before it reads what it sends (Kafka's Partition.fetchRecords), and meanwhile
 * more may have become stable; so the offset that is told with the *next* batch of the assignment decides.
 */
export const precommittedRead: Invariant = {
  name: 'precommitted-read',
  promise: 'No record was handed over before its transaction was committed.',
  watch(_state, judge) {
    /** By assignment: how far an accepted batch reached beyond what was told with it. */
    const reached = new Map<string, number>();
    return watching(['client-batch'], {
      see(event) {
        if (event.kind !== 'client-batch') return;
        const stable = event.lastStableOffset ?? null;
        // Clients tell −1 where they were not told.
        if (stable === null || stable < 0) return;
        judge.evaluated();
        const assignment = `${event.member}/${event.epoch}/${partitionName(event)}`;
        const before = reached.get(assignment) ?? 0;
        reached.delete(assignment);
        if (event.accepted && event.nextOffset > stable) reached.set(assignment, event.nextOffset);
        if (before <= stable) return;
        judge.violated({
          where: event,
          offsets: [before - 1],
          members: [event.member],
          at: event.at,
          message:
            `${partitionName(event)}: ${event.member} accepted a batch up to offset ${before - 1}, while only what stands below ${stable} was committed. ` +
            'Its transaction may still be aborted: the handler acts on something that may never happen.',
        });
      },
    });
  },
};
