import { deliveryOf } from './delivery.ts';
import { watching, type Invariant } from './invariant.ts';
import { claims } from './read-ledger.ts';
import { describeRecord, partitionName } from './wording.ts';

/**
 * Each duplicate (a delivery of a record that was done, in a later epoch) is explained: a crash or a rebalance began that
 * epoch, and the record stood at or above the last commit that was acknowledged before, or a commit without an answer was
 * on its way then; nor does the durable ledger of the commit that the epoch began with say that it is done. A duplicate within the epoch is `redelivered-terminal`.
 */
export const unboundedRedelivery: Invariant = {
  name: 'unbounded-redelivery',
  promise: 'Every duplicate has a cause (a crash, a rebalance, a lost acknowledgement) and stood above the last commit.',
  watch(state, judge) {
    return watching(['call-started'], {
      see(event) {
        if (event.kind !== 'call-started') return;
        const delivery = deliveryOf(state, event);
        if (delivery === null) return;
        const { partition, record, holding } = delivery;
        if (!record.terminal || (record.terminalMember === holding.member && record.terminalEpoch === holding.epoch)) return;
        judge.evaluated();
        if (state.history.settings.process?.durableLedger === true && claims(holding.ledger, holding.committedOffset ?? -1, event.offset)) {
          judge.violated({
            where: partition,
            offsets: [event.offset],
            members: [event.member],
            at: event.at,
            message:
              `${partitionName(partition)}: ${describeRecord(record)} was delivered again to ${event.member}, although the commit that this assignment began with ` +
              `(offset ${holding.committedOffset}) says in its metadata that it is done. The ledger that was to prevent that is not believed: work is done twice.`,
          });
          return;
        }
        const acknowledged = holding.acknowledgedBefore;
        if (acknowledged === null || event.offset >= acknowledged || holding.unknownBefore) return;
        judge.violated({
          where: partition,
          offsets: [event.offset],
          members: [event.member],
          at: event.at,
          message:
            `${partitionName(partition)}: ${describeRecord(record)} was delivered again to ${event.member}, although the broker had acknowledged ` +
            `the commit of offset ${acknowledged} before that assignment. No crash, rebalance or lost acknowledgement explains it: work is done twice.`,
        });
      },
    });
  },
};
