import { watching, type Invariant } from './invariant.ts';
import { activeHolding } from './state.ts';
import { describeRecord, partitionName } from './wording.ts';

/**
 * Each duplicate (a delivery of a record that was done, in a later epoch) is explained: a crash or a rebalance began that
 * epoch, and the record stood at or above the last commit that was acknowledged before, or a commit without an answer was
 * on its way then. A duplicate within the epoch is `redelivered-terminal`.
 */
export const unboundedRedelivery: Invariant = {
  name: 'unbounded-redelivery',
  promise: 'Every duplicate has a cause (a crash, a rebalance, a lost acknowledgement) and stood above the last commit.',
  watch(state, judge) {
    return watching(['call-started'], {
      see(event) {
        if (event.kind !== 'call-started') return;
        const partition = state.partition(event);
        const record = partition.byOffset.get(event.offset);
        const holding = activeHolding(partition, event.member);
        if (record === undefined || !record.terminal || holding === null) return;
        if (record.terminalMember === holding.member && record.terminalEpoch === holding.epoch) return;
        judge.evaluated();
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
