import type { History } from '../../checker/history.ts';
import type { Violation } from '../../checker/violation.ts';
import { MAX_LANES, MAX_MARKS, type LaneModel, type Span } from './lane-model.ts';
import { laneKey, memberName, type LaneId, type Mark } from './mark.ts';
import { marksOfHistory } from './marks-of-history.ts';
import type { PlayedPlan } from './played-plan.ts';
import { progressLines } from './progress-line.ts';
import { riskWindow } from './risk-window.ts';

export interface LaneLimits {
  readonly maxMarks?: number;
  readonly maxLanes?: number;
}

/** Pure: the same played plan gives the same model. Big histories are cut to what stands around the violation, and say so. */
export function buildLaneModel(played: PlayedPlan, limits: LaneLimits = {}): LaneModel {
  const { history, violation } = played;
  const allMarks = marksOfHistory(history, violation);
  const allLanes = lanesOf(allMarks, violation);
  const lanes = chooseLanes(allLanes, violation, limits.maxLanes ?? MAX_LANES);
  const drawn = new Set(lanes.map(laneKey));
  const inLanes = allMarks.filter((mark) => drawn.has(laneKey(mark.lane)));
  const marks = around(inLanes, violation.event, limits.maxMarks ?? MAX_MARKS);
  const shown = new Set(marks.map((mark) => laneKey(mark.lane)));
  // A lane whose marks were all cut away says nothing, save those of the violated partition, and the log above whoever worked
  // on its partition: without it they would stand under another one.
  const isShown = (lane: LaneId): boolean => shown.has(laneKey(lane));
  const isWorkedOn = (log: LaneId): boolean =>
    log.kind === 'log' && lanes.some((lane) => lane.kind === 'work' && isSamePlace(lane, log) && isShown(lane));
  const kept = lanes.filter((lane) => isShown(lane) || isViolated(lane, violation) || isWorkedOn(lane));
  return {
    lanes: kept,
    marks,
    lines: progressLines(history).filter((line) =>
      kept.some((lane) => 'topic' in lane && lane.topic === line.topic && lane.partition === line.partition),
    ),
    spans: spansOf(history),
    violation: { event: violation.event, at: violation.at, topic: violation.topic, partition: violation.partition },
    danger: riskWindow(history, violation),
    lead: leadOf(marks, violation),
    omitted: { marks: allMarks.length - marks.length, lanes: allLanes.length - kept.length },
  };
}

function isViolated(lane: LaneId, violation: Violation): boolean {
  return 'topic' in lane && lane.topic === violation.topic && lane.partition === violation.partition;
}

/** Members in the order in which they came, partitions by name, the violated one first; the scenario last. */
function lanesOf(marks: readonly Mark[], violation: Violation): readonly LaneId[] {
  const lanes = new Map(marks.map((mark) => [laneKey(mark.lane), mark.lane]));
  const all = [...lanes.values()];
  const members = all.filter((lane) => lane.kind === 'member');
  const places = new Map<string, { readonly topic: string; readonly partition: number }>();
  for (const lane of all)
    if ('topic' in lane) places.set(`${lane.topic} ${lane.partition}`, { topic: lane.topic, partition: lane.partition });
  const ordered = [...places.values()].sort(
    (left, right) =>
      Number(isSamePlace(right, violation)) - Number(isSamePlace(left, violation)) ||
      compareText(left.topic, right.topic) ||
      left.partition - right.partition,
  );
  const partitions = ordered.flatMap(({ topic, partition }): LaneId[] => [
    // Always: it carries the line of the committed offset.
    { kind: 'log', topic, partition },
    ...members.flatMap(({ member }) =>
      all.filter((lane) => lane.kind === 'work' && lane.topic === topic && lane.partition === partition && lane.member === member),
    ),
  ]);
  return [...members, ...partitions, ...all.filter((lane) => lane.kind === 'scenario')];
}

function chooseLanes(lanes: readonly LaneId[], violation: Violation, most: number): readonly LaneId[] {
  if (lanes.length <= most) return lanes;
  const isNeeded = (lane: LaneId): boolean => isViolated(lane, violation) || lane.kind === 'scenario';
  let room = most - lanes.filter(isNeeded).length;
  return lanes.filter((lane) => {
    if (isNeeded(lane)) return true;
    room -= 1;
    return room >= 0;
  });
}

/** Three quarters of the room for what led to the violation, one for what came of it. */
function around(marks: readonly Mark[], event: number, most: number): readonly Mark[] {
  if (marks.length <= most) return marks;
  const at = marks.findLastIndex((mark) => mark.event <= event);
  const from = Math.max(0, Math.min(at + 1 - Math.ceil(most * 0.75), marks.length - most));
  const cut = marks.slice(from, from + most);
  // What began long before may be what breaks the promise.
  const violating = marks.find((mark) => mark.violates);
  return violating === undefined || cut.includes(violating) ? cut : [violating, ...cut.slice(1)];
}

/** The last call before the break with a record that it is about: what a reader wants to see beside it. */
function leadOf(marks: readonly Mark[], violation: Violation): number | null {
  const at = marks.findIndex((mark) => mark.violates);
  const lead = marks
    .slice(0, at < 0 ? marks.length : at)
    .findLast(({ what, lane }) => what.kind === 'call' && isViolated(lane, violation) && violation.offsets.includes(what.offset));
  return lead?.event ?? null;
}

function spansOf(history: History): ReadonlyMap<string, readonly Span[]> {
  const spans = new Map<string, Span[]>();
  const running = new Map<string, { readonly lane: string; readonly from: number; readonly member: string }>();
  const begin = (id: string, lane: LaneId, from: number, member: string): void => {
    running.set(id, { lane: laneKey(lane), from, member });
  };
  const finish = (id: string, to: number | null): void => {
    const span = running.get(id);
    if (span === undefined) return;
    running.delete(id);
    spans.set(span.lane, [...(spans.get(span.lane) ?? []), { from: span.from, to, member: span.member }]);
  };
  const finishHoldings = (member: string, to: number): void => {
    for (const id of [...running.keys()]) if (id.startsWith(`holds ${member} `)) finish(id, to);
  };
  for (const [index, event] of history.events.entries()) {
    switch (event.kind) {
      case 'member-started':
        begin(`lives ${event.member}`, { kind: 'member', member: memberName(event.member) }, index, event.member);
        break;
      case 'member-stopped':
      case 'member-crashed':
        finish(`lives ${event.member}`, index);
        finishHoldings(event.member, index);
        break;
      case 'client-stopped':
        finishHoldings(event.member, index);
        break;
      case 'client-assigned': {
        const { member, topic, partition } = event;
        const id = `holds ${member} ${topic} ${partition}`;
        finish(id, index);
        begin(id, { kind: 'work', topic, partition, member: memberName(member) }, index, member);
        break;
      }
      case 'client-revoked':
      case 'client-lost':
        finish(`holds ${event.member} ${event.topic} ${event.partition}`, index);
        break;
      default:
        break;
    }
  }
  for (const id of [...running.keys()]) finish(id, null);
  return spans;
}

function isSamePlace(
  left: { readonly topic: string; readonly partition: number },
  right: { readonly topic: string; readonly partition: number },
): boolean {
  return left.topic === right.topic && left.partition === right.partition;
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
