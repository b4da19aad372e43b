import type { Observation } from '../../src/observation.ts';
import type { Where } from './history.ts';
import { watching, type Invariant } from './invariant.ts';
import { laneOf } from './lane.ts';
import { activeHolding } from './ownership.ts';
import { partitionName } from './wording.ts';

/** Why a lane stands still at a record: the record itself, a call with it that hangs, or both. */
interface Halt {
  readonly epoch: number;
  byRecord: boolean;
  byCall: boolean;
}

/** The halts of one lane, by offset. */
type Halts = Map<number, Halt>;

/**
 * A lane that the runtime says is halted at a record delivers nothing of that record and of those behind it, until the runtime says
 * that the lane goes on, or its epoch ends. When a call that hung has settled, a record that is halted for itself stays so. And where
 * decisions are told, the runtime says that a lane goes on because somebody wanted it only where somebody did, each time once.
 */
export const haltedDelivery: Invariant = {
  name: 'halted-delivery',
  promise: 'A halted lane delivered nothing until somebody let it go on.',
  watch(state, judge) {
    /** By member and partition, then by lane. */
    const halts = new Map<string, Map<string, Halts>>();
    /** Made, and not yet heard of from the runtime: in the assignment in which they were made, or never. */
    const decisions = new Set<string>();
    const hear = (observation: Extract<Observation, { readonly kind: 'lane-halted' | 'lane-resumed' }>): void => {
      const record = state.partition(observation).byOffset.get(observation.offset);
      if (record === undefined) return;
      const lanes = entryOf(halts, `${observation.member} ${partitionName(observation)}`, () => new Map<string, Halts>());
      const lane = laneOf(state.promises.of(observation.topic).ordering, record);
      const halted = entryOf(lanes, lane, () => new Map<number, Halt>());
      const before = halted.get(record.offset);
      const halt = before?.epoch === observation.epoch ? before : { epoch: observation.epoch, byRecord: false, byCall: false };
      halted.set(record.offset, halt);
      if (observation.kind === 'lane-halted') {
        judge.evaluated();
        if (observation.error.code === 'HANDLER_HUNG') halt.byCall = true;
        else halt.byRecord = true;
      } else {
        halt.byCall = false;
        if (observation.by !== 'settled') halt.byRecord = false;
      }
      if (!halt.byCall && !halt.byRecord) halted.delete(record.offset);
      if (halted.size === 0) lanes.delete(lane);
      if (lanes.size === 0) halts.delete(`${observation.member} ${partitionName(observation)}`);
    };
    const judgeDecision = (resumed: Extract<Observation, { readonly kind: 'lane-resumed' }>, at: number): void => {
      const { by, member, offset } = resumed;
      if (by === 'settled' || state.history.settings.tellsDecisions !== true) return;
      judge.evaluated();
      if (decisions.delete(decisionKey(resumed, resumed.epoch, by))) return;
      judge.violated({
        where: resumed,
        offsets: [offset],
        members: [member],
        at,
        message:
          `${partitionName(resumed)}: ${member} reported that somebody wanted record ${offset}, for which its lane stood still, ${by === 'retry' ? 'tried again' : 'sent to the dead letters'}; nobody did. ` +
          'What was to wait for a person has not waited.',
      });
    };
    return watching(['call-started', 'observed', 'decided-by-hand'], {
      see(event) {
        if (event.kind === 'decided-by-hand') {
          const epoch = activeHolding(state.partition(event), event.member)?.epoch ?? null;
          decisions.add(decisionKey(event, epoch, event.decision));
          // All that was handed over in that call goes on.
          for (const {
            member,
            partition: { topic, partition },
            record,
          } of state.hungUnit(event))
            decisions.add(decisionKey({ member, topic, partition, offset: record.offset }, epoch, event.decision));
          return;
        }
        if (event.kind === 'observed') {
          if (event.observation.kind === 'lane-resumed') judgeDecision(event.observation, event.at);
          if (event.observation.kind === 'lane-halted' || event.observation.kind === 'lane-resumed') hear(event.observation);
          return;
        }
        if (event.kind !== 'call-started') return;
        const lanes = halts.get(`${event.member} ${partitionName(event)}`);
        if (lanes === undefined) return;
        const partition = state.partition(event);
        const record = partition.byOffset.get(event.offset);
        const epoch = partition.holdings.get(event.member)?.epoch;
        if (record === undefined) return;
        judge.evaluated();
        const halted = lanes.get(laneOf(state.promises.of(event.topic).ordering, record)) ?? [];
        const found = [...halted].find(([offset, halt]) => offset <= event.offset && halt.epoch === epoch);
        if (found === undefined) return;
        judge.violated({
          where: partition,
          offsets: found[0] === event.offset ? [event.offset] : [found[0], event.offset],
          members: [event.member],
          at: event.at,
          message:
            `${partitionName(partition)}: record ${event.offset} was handed to the handler of ${event.member}, although its lane stood still for record ${found[0]} until somebody would decide. ` +
            'Whoever was to look at that record first is overtaken by the ones behind it.',
        });
      },
    });
  },
};

function decisionKey(
  where: Where & { readonly member: string; readonly offset: number },
  epoch: number | null,
  decision: 'retry' | 'dead-letter',
): string {
  return `${where.member} ${partitionName(where)} ${epoch ?? 'none'} ${where.offset} ${decision}`;
}

function entryOf<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
