import { watching, type Invariant } from './invariant.ts';
import { partitionName } from './wording.ts';

/** What one process sends to a partition after an acknowledgement stands behind what was acknowledged: the order of a producer is the order of the log. */
export const nonmonotonicSend: Invariant = {
  name: 'nonmonotonic-send',
  promise: 'What was sent later stood later in the log.',
  watch(_state, judge) {
    const highest = new Map<string, number>();
    const floors = new Map<number, number>();
    return watching(['client-produce-sent', 'client-produce-settled'], {
      see(event) {
        if (event.kind === 'client-produce-sent') {
          const floor = highest.get(`${event.member} ${partitionName(event)}`);
          if (floor !== undefined) floors.set(event.produce, floor);
        }
        if (event.kind !== 'client-produce-settled') return;
        const floor = floors.get(event.produce) ?? -1;
        floors.delete(event.produce);
        if (event.outcome !== 'acknowledged' || event.baseOffset === null) return;
        const lane = `${event.member} ${partitionName(event)}`;
        highest.set(lane, Math.max(highest.get(lane) ?? -1, event.baseOffset + event.messages.length - 1));
        judge.evaluated();
        if (event.baseOffset > floor) return;
        judge.violated({
          where: event,
          offsets: [event.baseOffset, floor],
          members: [event.member],
          at: event.at,
          message:
            `${partitionName(event)}: ${event.member} sent ${event.messages[0] ?? 'a message'} after offset ${floor} had been acknowledged to it, and was told offset ${event.baseOffset}. ` +
            'Readers see the later message first.',
        });
      },
    });
  },
};
