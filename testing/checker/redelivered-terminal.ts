import { deliveryOf } from './delivery.ts';
import { watching, type Invariant } from './invariant.ts';
import { partitionName } from './wording.ts';

/** A record that was done (Consume or Reject) is not delivered again in the same epoch. */
export const redeliveredTerminal: Invariant = {
  name: 'redelivered-terminal',
  promise: 'What was consumed or rejected did not come again while its assignment lasted.',
  watch(state, judge) {
    return watching(['call-started'], {
      see(event) {
        if (event.kind !== 'call-started') return;
        const delivery = deliveryOf(state, event);
        if (delivery === null) return;
        const { partition, record, holding } = delivery;
        judge.evaluated();
        if (!record.terminal || record.terminalMember !== event.member || record.terminalEpoch !== holding.epoch) return;
        judge.violated({
          where: partition,
          offsets: [event.offset],
          members: [event.member],
          at: event.at,
          message:
            `${partitionName(partition)}: record ${event.offset} was delivered again to ${event.member} after its ${record.lastOutcome === 'reject' ? 'Reject' : 'Consume'}, ` +
            'in the same assignment. Nothing had gone wrong, and the work is done twice.',
        });
      },
    });
  },
};
