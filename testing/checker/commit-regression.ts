import { watching, type Invariant } from './invariant.ts';
import { partitionName } from './wording.ts';

/**
 * Within an epoch no lower commit follows a higher one, in the order in which they are sent, and none is lower than the
 * offset that the group had stored when the epoch began. That an older connection delivers its request late is not the
 * consumer's doing, and only costs duplicates.
 */
export const commitRegression: Invariant = {
  name: 'commit-regression',
  promise: 'The committed offset never went backward within an assignment.',
  watch(state, judge) {
    const highest = new Map<string, { readonly epoch: number; readonly offset: number }>();
    return watching(['client-commit-sent'], {
      see(event) {
        if (event.kind !== 'client-commit-sent') return;
        judge.evaluated();
        const lane = `${event.member} ${partitionName(event)}`;
        const before = highest.get(lane);
        const stored = state.partition(event).holdings.get(event.member)?.committedOffset ?? -1;
        const floor = before !== undefined && before.epoch === event.epoch ? Math.max(before.offset, stored) : stored;
        highest.set(lane, { epoch: event.epoch, offset: Math.max(event.offset, floor) });
        if (event.offset >= floor) return;
        judge.violated({
          where: event,
          offsets: [event.offset],
          members: [event.member],
          at: event.at,
          message:
            `${partitionName(event)}: ${event.member} committed offset ${event.offset} after ${floor} had been committed. ` +
            `After a restart records ${event.offset} to ${floor - 1} are handled a second time.`,
        });
      },
    });
  },
};
