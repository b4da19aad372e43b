import { watching, type Invariant } from './invariant.ts';
import type { RecordState } from './state.ts';
import { partitionName } from './wording.ts';

/**
 * A lane (see `order-violation`; without an order each record is its own) starts no call, in any epoch or attempt, while
 * an earlier call of that lane still runs in this process. Two processes may overlap: that is what at-least-once means.
 */
export const overlap: Invariant = {
  name: 'overlap',
  promise: 'No handler was called for a record while an earlier call of the same lane still ran in that process.',
  watch(state, judge) {
    const { ordering } = state.history.settings;
    const running = new Map<string, { readonly call: number; readonly offset: number }>();
    const laneOf = (member: string, where: string, record: RecordState): string => {
      if (ordering === 'partition') return `${member} ${where}`;
      return ordering === 'key' && record.key !== null ? `${member} ${where} key ${record.key}` : `${member} ${where} ${record.offset}`;
    };
    const laneOfEvent = (event: {
      readonly member: string;
      readonly topic: string;
      readonly partition: number;
      readonly offset: number;
    }): string | null => {
      const partition = state.partition(event);
      const record = partition.byOffset.get(event.offset);
      return record === undefined ? null : laneOf(event.member, partitionName(partition), record);
    };
    return watching(['call-started', 'call-ended'], {
      see(event) {
        if (event.kind === 'call-ended') {
          const lane = laneOfEvent(event);
          if (lane !== null && running.get(lane)?.call === event.call) running.delete(lane);
        }
        if (event.kind !== 'call-started') return;
        const lane = laneOfEvent(event);
        if (lane === null) return;
        judge.evaluated();
        const other = running.get(lane);
        running.set(lane, { call: event.call, offset: event.offset });
        if (other === undefined) return;
        judge.violated({
          where: event,
          offsets: other.offset === event.offset ? [event.offset] : [other.offset, event.offset],
          members: [event.member],
          at: event.at,
          message:
            `${partitionName(event)}: the handler of ${event.member} was called for record ${event.offset} while its call for record ${other.offset} still ran. ` +
            'Two calls work on the same thing at once: a store that the handler reads and then writes is corrupted.',
        });
      },
    });
  },
};
