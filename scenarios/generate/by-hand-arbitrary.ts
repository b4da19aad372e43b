import type { Arbitrary } from 'fast-check';
import type { PlanOp, PlanTopic } from '../../testing/scenario/plan.ts';
import { hashOf } from '../../testing/simulation/random.ts';
import type { FastCheckModule } from '../load-fast-check.ts';

/** What somebody does by hand, as drawn; where it takes place is known once the configuration is. */
export interface DrawnByHand {
  readonly interventions: readonly DrawnIntervention[];
  /** Of halted lanes, by the operations that write their records, over and over. */
  readonly decisions: readonly ('retry' | 'dead-letter')[];
}

type DrawnIntervention =
  | {
      readonly kind: 'pause';
      readonly afterOps: number;
      /** Operations until it is resumed; with more than are left, it is when the faults have stopped. */
      readonly forOps: number;
      readonly member: string;
      readonly topic: number;
      /** Null: the whole topic. */
      readonly partition: number | null;
      /** Of a single partition the whole topic is resumed. */
      readonly resumesAll: boolean;
    }
  | { readonly kind: 'decide'; readonly afterOps: number; readonly besideCalls: boolean };

/** An operation, and after how many of the others it comes. */
export interface PlacedOp {
  readonly afterOps: number;
  readonly op: PlanOp;
}

const MAX_INTERVENTIONS = 4;
const MAX_DECISIONS = 6;
const LONGEST_PAUSE_OPS = 12;
const MAX_LOOKS = 5;
/** One plan in so many has pauses, and decisions before the faults have stopped. */
const ONE_IN = 3;

export const NOTHING_BY_HAND: DrawnByHand = { interventions: [], decisions: [] };

export function byHandArbitrary(
  fc: FastCheckModule,
  places: { readonly members: readonly string[]; readonly topics: number; readonly partitions: number; readonly maxOps: number },
): Arbitrary<DrawnByHand> {
  const afterOps = fc.nat({ max: places.maxOps });
  const pause: Arbitrary<DrawnIntervention> = fc.record({
    kind: fc.constant('pause' as const),
    afterOps,
    forOps: fc.integer({ min: 1, max: LONGEST_PAUSE_OPS }),
    member: fc.constantFrom(...places.members),
    topic: fc.nat({ max: places.topics - 1 }),
    partition: fc.constantFrom(null, ...Array.from({ length: places.partitions }, (_, partition) => partition)),
    resumesAll: fc.boolean(),
  });
  const decide: Arbitrary<DrawnIntervention> = fc.record({
    kind: fc.constant('decide' as const),
    afterOps,
    besideCalls: fc.constantFrom(false, true, true),
  });
  return fc.record({
    interventions: fc.array(fc.oneof(pause, decide), {
      minLength: 1,
      maxLength: MAX_INTERVENTIONS,
      size: 'max',
    }),
    decisions: fc.array(fc.constantFrom('retry' as const, 'dead-letter' as const), { maxLength: MAX_DECISIONS, size: 'max' }),
  });
}

/** The operations that the swarm of a plan lets happen, each with its place among the others, `ops`. */
export function byHandOps(
  { interventions }: DrawnByHand,
  given: { readonly swarm: number; readonly topics: readonly PlanTopic[]; readonly partitions: number; readonly ops: readonly PlanOp[] },
): readonly PlacedOp[] {
  const { swarm, topics, partitions, ops } = given;
  const isOn = (name: string): boolean => hashOf(swarm, `by hand ${name}`) % ONE_IN === 0;
  return interventions.flatMap((drawn): readonly PlacedOp[] => {
    const afterOps = drawn.afterOps % Math.max(1, ops.length);
    // What seldom comes about is looked at whenever it may.
    if (!isOn(drawn.kind) && !(drawn.kind === 'decide' && topics.some(mayHang))) return [];
    if (drawn.kind === 'decide') {
      const decide: PlanOp = { op: 'decide', ...(drawn.besideCalls ? { besideCalls: true } : {}) };
      return looksFrom(ops, afterOps).map((index) => ({ afterOps: index, op: decide }));
    }
    const { member, forOps, resumesAll } = drawn;
    const topic = topics[drawn.topic % topics.length]?.name ?? '';
    const where = { member, topic, ...(drawn.partition === null ? {} : { partition: drawn.partition % partitions }) };
    return [
      { afterOps, op: { op: 'pause', ...where } },
      { afterOps: afterOps + forOps, op: { op: 'resume', ...(resumesAll ? { member, topic } : where) } },
    ];
  });
}

/** Whether its lanes may stand still for calls that hang, before long. */
function mayHang({ handler }: PlanTopic): boolean {
  return handler?.hungAfterMs !== undefined && handler.onHung !== 'overlap';
}

/** Somebody who has begun to look does so again when time has passed: what stands still does so after a while. */
function looksFrom(ops: readonly PlanOp[], first: number): readonly number[] {
  const later = ops.flatMap(({ op }, index) => (op === 'wait' && index > first ? [index] : []));
  return [first, ...later.slice(0, MAX_LOOKS - 1)];
}

/** These operations with the others between them, each after as many as it was drawn for; what would come after the last is left out. */
export function withPlaced(ops: readonly PlanOp[], placed: readonly PlacedOp[]): readonly PlanOp[] {
  if (placed.length === 0) return ops;
  return ops.flatMap((op, index) => [op, ...placed.filter(({ afterOps }) => afterOps === index).map((each) => each.op)]);
}
