import type { EventOf } from './history.ts';
import { watching, type Invariant } from './invariant.ts';
import { laneOf } from './lane.ts';
import { partitionName } from './wording.ts';

/** What runs in a lane: one call, which may have been given several of its records. */
interface Running {
  readonly unit: number;
  readonly offset: number;
  readonly startedAt: number;
  records: number;
  /** It hangs, and somebody wants the lane to go on beside it. */
  isOvertaken: boolean;
}

/**
 * A lane (see `lane`) starts no call, in any epoch or attempt, while an earlier call of that lane still runs in this process.
 * Records that are handed over together are one call. Two processes may overlap: that is what at-least-once means. Where a
 * handler's option lets a lane go on beside a call that hangs, it does so no sooner than the options say; where somebody wants it, at once.
 */
export const overlap: Invariant = {
  name: 'overlap',
  promise: 'No handler was called for a record while an earlier call of the same lane still ran in that process.',
  watch(state, judge) {
    const running = new Map<string, Running>();
    const lanesOf = (event: EventOf<'call-started' | 'call-ended'>): string | null => {
      const partition = state.partition(event);
      const record = partition.byOffset.get(event.offset);
      if (record === undefined) return null;
      return `${event.member} ${partitionName(partition)} ${laneOf(state.promises.of(event.topic).ordering, record)}`;
    };
    const units = new Map<number, number>();
    return watching(['call-started', 'call-ended', 'decided-by-hand'], {
      see(event) {
        if (event.kind === 'decided-by-hand') {
          const overtaken = new Set(state.hungUnit(event).map(({ unit }) => unit));
          for (const each of overtaken.size === 0 ? [] : running.values()) if (overtaken.has(each.unit)) each.isOvertaken = true;
          return;
        }
        if (event.kind !== 'call-started' && event.kind !== 'call-ended') return;
        const lane = lanesOf(event);
        if (lane === null) return;
        const other = running.get(lane);
        if (event.kind === 'call-ended') {
          const unit = units.get(event.call) ?? event.call;
          units.delete(event.call);
          if (other === undefined || other.unit !== unit) return;
          other.records -= 1;
          if (other.records === 0) running.delete(lane);
          return;
        }
        const unit = event.batch ?? event.call;
        if (event.batch !== undefined) units.set(event.call, unit);
        if (other?.unit === unit) {
          other.records += 1;
          return;
        }
        judge.evaluated();
        running.set(lane, { unit, offset: event.offset, startedAt: event.at, records: 1, isOvertaken: false });
        if (other === undefined || other.isOvertaken) return;
        const { overlapAfterMs } = state.promises.of(event.topic);
        if (overlapAfterMs !== null && event.at - other.startedAt >= overlapAfterMs - (state.history.settings.clockSlackMs ?? 0)) return;
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
