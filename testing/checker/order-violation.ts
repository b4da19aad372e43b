import { deliveryOf } from './delivery.ts';
import { watching, type Invariant } from './invariant.ts';
import { laneOf } from './lane.ts';
import type { Holding } from './holding.ts';
import type { PartitionState } from './partition-state.ts';
import type { RecordState } from './record-state.ts';
import { describeRecord, partitionName } from './wording.ts';

/** A record that a lane has delivered and that is not done. */
interface Open {
  readonly record: RecordState;
  /** The call that it was last given to; records of one batch share it. */
  unit: number;
}

/** One lane in one holding. */
interface Lane {
  /** In the order of their offsets. Of a batch there may be several; else there is one at most, or the order is broken. */
  readonly open: Open[];
  /** Rejected: they come again where their dead letter cannot be written and somebody wants another try. */
  readonly rejected: Set<RecordState>;
  /** The last record that it delivered for the first time. */
  last: RecordState;
}

/**
 * Within an epoch a lane (the partition, or in `key` order the records of one key in it, see `lane`) delivers in offset order,
 * and delivers nothing behind a record that is not done, save what is handed over with it in one batch. What counts is the
 * answer that the lane itself got: a member that was evicted and does not know it yet goes on in order.
 */
export const orderViolation: Invariant = {
  name: 'order-violation',
  promise: 'Order was kept: nothing overtook a skipped or failed record of its lane.',
  watch(state, judge) {
    const lanes = new Map<Holding, Map<string, Lane>>();
    const running = new Map<number, { readonly lane: Lane; readonly open: Open }>();
    return watching(['call-started', 'call-ended'], {
      see(event) {
        if (event.kind === 'call-ended') {
          const ended = running.get(event.call);
          running.delete(event.call);
          if (ended !== undefined && (event.outcome === 'consume' || event.outcome === 'reject')) close(ended.lane, ended.open);
          if (ended !== undefined && event.outcome === 'reject') ended.lane.rejected.add(ended.open.record);
          return;
        }
        if (event.kind !== 'call-started') return;
        const { ordering } = state.promises.of(event.topic);
        if (ordering === 'unordered') return;
        const delivery = deliveryOf(state, event);
        if (delivery === null) return;
        const { partition, record, holding } = delivery;
        if (ordering === 'key' && record.key === null) return;
        const unit = event.batch ?? event.call;
        const lane = laneIn(lanes, holding, laneOf(ordering, record), record);
        // What was given up is done, although nobody answered so.
        for (const each of [...lane.open]) {
          if (!state.exhausted.isGivenUp(each.record, holding)) continue;
          close(lane, each);
          lane.rejected.add(each.record);
        }
        const { last } = lane;
        const again = lane.open.find((each) => each.record === record);
        const blocking = lane.open.find((each) => each.record.offset < record.offset && each.unit !== unit);
        const open = again ?? { record, unit };
        open.unit = unit;
        if (again === undefined) lane.open.push(open);
        if (record.offset > last.offset) lane.last = record;
        running.set(event.call, { lane, open });
        if (last === record || (again !== undefined && lane.open.length === 1)) return;
        judge.evaluated();
        const isFirst = again === undefined && !lane.rejected.has(record);
        const before = blocking?.record ?? (isFirst && last.offset > record.offset ? last : null);
        if (before === null) return;
        judge.violated({
          where: partition,
          offsets: [before.offset, record.offset],
          members: [event.member],
          at: event.at,
          message: message(partition, before, record, event.member),
        });
      },
    });
  },
};

function laneIn(lanes: Map<Holding, Map<string, Lane>>, holding: Holding, name: string, first: RecordState): Lane {
  let named = lanes.get(holding);
  if (named === undefined) lanes.set(holding, (named = new Map<string, Lane>()));
  let lane = named.get(name);
  if (lane === undefined) named.set(name, (lane = { open: [], rejected: new Set(), last: first }));
  return lane;
}

function close(lane: Lane, open: Open): void {
  const index = lane.open.indexOf(open);
  if (index >= 0) lane.open.splice(index, 1);
}

function message(partition: PartitionState, before: RecordState, record: RecordState, member: string): string {
  const what = before.offset < record.offset ? 'overtook' : 'came after';
  return (
    `${partitionName(partition)}: record ${record.offset} was handed to the handler of ${member} and ${what} ${describeRecord(before)}. ` +
    'A handler that relies on order sees a later change before an earlier one.'
  );
}
