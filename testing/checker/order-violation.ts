import type { Invariant } from './invariant.ts';
import { activeHolding, type Holding, type PartitionState, type RecordState } from './state.ts';
import { describeRecord, partitionName } from './wording.ts';

/**
 * Within an epoch a lane (the partition, or in `key` order the records of one key in it) delivers in offset order, and
 * delivers nothing while its last record is not done, save that record again. A null key is a lane of its own record.
 */
export const orderViolation: Invariant = {
  name: 'order-violation',
  promise: 'Order was kept: nothing overtook a skipped or failed record of its lane.',
  watch(state, judge) {
    const { ordering } = state.history.settings;
    if (ordering === 'unordered') return {};
    const lanes = new Map<Holding, Map<string, RecordState>>();
    return {
      see(event) {
        if (event.kind !== 'call-started') return;
        const partition = state.partition(event);
        const record = partition.byOffset.get(event.offset);
        const holding = activeHolding(partition, event.member);
        if (record === undefined || holding === null) return;
        if (ordering === 'key' && record.key === null) return;
        const lane = ordering === 'key' ? `key ${record.key}` : '';
        let last = lanes.get(holding);
        if (last === undefined) lanes.set(holding, (last = new Map()));
        const before = last.get(lane);
        last.set(lane, record);
        if (before === undefined || before === record) return;
        judge.evaluated();
        if (before.terminal && before.offset < record.offset) return;
        judge.violated({
          where: partition,
          offsets: [before.offset, record.offset],
          members: [event.member],
          at: event.at,
          message: message(partition, before, record, event.member),
        });
      },
    };
  },
};

function message(partition: PartitionState, before: RecordState, record: RecordState, member: string): string {
  const what = before.offset < record.offset ? 'overtook' : 'came after';
  return (
    `${partitionName(partition)}: record ${record.offset} was handed to the handler of ${member} and ${what} ${describeRecord(before)}. ` +
    'A handler that relies on order sees a later change before an earlier one.'
  );
}
