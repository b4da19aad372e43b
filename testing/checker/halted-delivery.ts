import { watching, type Invariant } from './invariant.ts';
import { laneOf } from './lane.ts';
import { partitionName } from './wording.ts';

/** A lane that stands still, in one epoch of a member. */
interface Halt {
  readonly epoch: number;
  readonly offset: number;
}

/**
 * A lane that the runtime says is halted delivers nothing, of any record, until it says that the lane goes on, or its epoch ends.
 */
export const haltedDelivery: Invariant = {
  name: 'halted-delivery',
  promise: 'A halted lane delivered nothing until somebody let it go on.',
  watch(state, judge) {
    /** By member and partition, then by lane. */
    const halts = new Map<string, Map<string, Halt>>();
    return watching(['call-started', 'observed', 'client-revoked', 'client-lost'], {
      see(event) {
        if (event.kind === 'observed') {
          const { observation } = event;
          if (observation.kind !== 'lane-halted' && observation.kind !== 'lane-resumed') return;
          const record = state.partition(observation).byOffset.get(observation.offset);
          if (record === undefined) return;
          const place = `${observation.member} ${partitionName(observation)}`;
          const lane = laneOf(state.promises.of(observation.topic).ordering, record);
          let known = halts.get(place);
          if (known === undefined) halts.set(place, (known = new Map<string, Halt>()));
          if (observation.kind === 'lane-halted') {
            judge.evaluated();
            known.set(lane, { epoch: observation.epoch, offset: observation.offset });
          } else if (known.get(lane)?.epoch === observation.epoch) known.delete(lane);
          return;
        }
        if (event.kind !== 'call-started' && event.kind !== 'client-revoked' && event.kind !== 'client-lost') return;
        const place = `${event.member} ${partitionName(event)}`;
        if (event.kind !== 'call-started') {
          for (const [lane, { epoch }] of halts.get(place) ?? []) if (epoch <= event.epoch) halts.get(place)?.delete(lane);
          return;
        }
        const known = halts.get(place);
        if (known === undefined || known.size === 0) return;
        const partition = state.partition(event);
        const record = partition.byOffset.get(event.offset);
        if (record === undefined) return;
        judge.evaluated();
        const halt = known.get(laneOf(state.promises.of(event.topic).ordering, record));
        if (halt === undefined || halt.epoch !== partition.holdings.get(event.member)?.epoch) return;
        judge.violated({
          where: partition,
          offsets: halt.offset === event.offset ? [event.offset] : [halt.offset, event.offset],
          members: [event.member],
          at: event.at,
          message:
            `${partitionName(partition)}: record ${event.offset} was handed to the handler of ${event.member}, although its lane stood still for record ${halt.offset} until somebody would decide. ` +
            'Whoever was to look at that record first is overtaken by the ones behind it.',
        });
      },
    });
  },
};
