import type { EventOf, HistoryEvent } from './history.ts';
import { watching, type Invariant } from './invariant.ts';
import { PausedPlaces } from './paused-places.ts';
import { partitionName } from './wording.ts';

/** What one process has fetched of a partition since somebody paused it there. */
interface Fetched {
  readonly epoch: number;
  batches: number;
}

/**
 * A partition that somebody has paused by hand delivers nothing in that process until somebody resumes it there: from the moment at
 * which the process has taken the pause, no call starts with a record of it, neither a first one nor a redelivery nor one of a batch
 * that was being gathered, in no assignment, however often the partition goes and comes. And nothing is fetched: in each assignment one
 * batch may come, that of the fetch that was under way. Calls that ran already may end, and their records be committed; other processes
 * deliver as they like, and so does the next life of this one.
 */
export const pausedDelivery: Invariant = {
  name: 'paused-delivery',
  promise: 'What somebody had paused by hand delivered nothing until it was resumed.',
  watch(state, judge) {
    const paused = new PausedPlaces();
    const fetched = new Map<string, Fetched>();
    const violated = (event: EventOf<'call-started' | 'client-batch'>, offset: number, what: string): void => {
      const partition = state.partition(event);
      judge.violated({
        where: partition,
        offsets: [offset],
        members: [event.member],
        at: event.at,
        message: `${partitionName(partition)}: ${what}, although somebody had paused it there by hand and nobody had resumed it. Whoever paused it, to keep the handler away from something, meets it there.`,
      });
    };
    const judgeBatch = (event: EventOf<'client-batch'>): void => {
      if (!event.accepted) return;
      const place = `${event.member} ${partitionName(event)}`;
      const before = fetched.get(place);
      const now = before?.epoch === event.epoch ? before : { epoch: event.epoch, batches: 0 };
      now.batches += 1;
      fetched.set(place, now);
      if (now.batches > 1) violated(event, event.fetchedFrom, `${event.member} took another batch, fetched from ${event.fetchedFrom}`);
    };
    return watching(['paused-by-hand', 'resumed-by-hand', 'call-started', 'client-batch'], {
      see(event: HistoryEvent) {
        if (event.kind === 'paused-by-hand' || event.kind === 'resumed-by-hand') {
          if (event.kind === 'paused-by-hand') judge.evaluated();
          paused.see(event);
          fetched.clear();
        } else if (event.kind === 'call-started' || event.kind === 'client-batch') {
          if (paused.isEmpty || !paused.has(event.member, event)) return;
          judge.evaluated();
          if (event.kind === 'client-batch') judgeBatch(event);
          else violated(event, event.offset, `record ${event.offset} was handed to the handler of ${event.member}`);
        }
      },
    });
  },
};
