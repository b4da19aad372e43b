import { NOTHING, watching, type Invariant } from './invariant.ts';
import { activeHolding, type Holding, type PartitionState, type RecordState } from './state.ts';
import { describeRecord, partitionName } from './wording.ts';

/** The record that a lane delivered last in a holding, and whether it was done by the answer given there. */
interface LaneHead {
  readonly record: RecordState;
  done: boolean;
}

/**
 * Within an epoch a lane (the partition, or in `key` order the records of one key in it) delivers in offset order, and
 * delivers nothing while its last record is not done, save that record again. A null key is a lane of its own record.
 * What counts is the answer that the lane itself got: a member that was evicted and does not know it yet goes on in order.
 */
export const orderViolation: Invariant = {
  name: 'order-violation',
  promise: 'Order was kept: nothing overtook a skipped or failed record of its lane.',
  watch(state, judge) {
    const { ordering } = state.history.settings;
    if (ordering === 'unordered') return NOTHING;
    const lanes = new Map<Holding, Map<string, LaneHead>>();
    const running = new Map<number, LaneHead>();
    return watching(['call-started', 'call-ended'], {
      see(event) {
        if (event.kind === 'call-ended') {
          const head = running.get(event.call);
          running.delete(event.call);
          if (head !== undefined) head.done = event.outcome === 'consume' || event.outcome === 'reject';
          return;
        }
        if (event.kind !== 'call-started') return;
        const partition = state.partition(event);
        const record = partition.byOffset.get(event.offset);
        const holding = activeHolding(partition, event.member);
        if (record === undefined || holding === null) return;
        if (ordering === 'key' && record.key === null) return;
        const lane = ordering === 'key' ? `key ${record.key}` : '';
        let heads = lanes.get(holding);
        if (heads === undefined) lanes.set(holding, (heads = new Map()));
        const before = heads.get(lane);
        const head: LaneHead = { record, done: false };
        heads.set(lane, head);
        running.set(event.call, head);
        if (before === undefined || before.record === record) return;
        judge.evaluated();
        if (before.done && before.record.offset < record.offset) return;
        judge.violated({
          where: partition,
          offsets: [before.record.offset, record.offset],
          members: [event.member],
          at: event.at,
          message: message(partition, before.record, record, event.member),
        });
      },
    });
  },
};

function message(partition: PartitionState, before: RecordState, record: RecordState, member: string): string {
  const what = before.offset < record.offset ? 'overtook' : 'came after';
  return (
    `${partitionName(partition)}: record ${record.offset} was handed to the handler of ${member} and ${what} ${describeRecord(before)}. ` +
    'A handler that relies on order sees a later change before an earlier one.'
  );
}
