import type { Arbitrary } from 'fast-check';
import type { Fault, FaultKind } from '../../testing/fault.ts';
import { deadLetterTopicOf, PLAN_VERSION, type Plan, type PlanOp, type PlanTopic, type RecordScript } from '../../testing/scenario/plan.ts';
import { hashOf } from '../../testing/simulation/random.ts';
import { byHandArbitrary, byHandOps, NOTHING_BY_HAND, withPlaced, type DrawnByHand } from './by-hand-arbitrary.ts';
import { faultArbitrary, letterFaultArbitrary } from './fault-arbitrary.ts';
import type { FastCheckModule } from '../load-fast-check.ts';
import { handlerOptions, optionsArbitrary, processOptions, type DrawnOptions } from './options-arbitrary.ts';
import type { GeneratedMessage, PlanShape } from './plan-shape.ts';

export const FIRST_MEMBER = 'a';

const MAX_PARTITIONS = 3;
const MAX_FAULTS = 5;
/** Drawn, of which those stay whose kind is switched on. */
const MAX_DRAWN_FAULTS = 12;
/** Up to so many kinds all are on. */
const FEW_KINDS = 6;
const MAX_LETTER_FAULTS = 2;
const MAX_DEFERRALS = 4;
/** One plan in so many has any. */
const DEFERRALS_ONE_IN = 2;
const MAX_CHOICES = 48;
const MAX_CHOICE = 5;
const BROKERS = 2;

/** Operations as drawn: numbers that become names once the configuration is known, so that everything stays a plain array. */
type DrawnOp =
  | {
      readonly op: 'produce';
      readonly topic: number;
      readonly partition: number;
      readonly messages: readonly GeneratedMessage[];
      readonly tombstone: boolean;
      readonly script: RecordScript;
    }
  | Exclude<PlanOp, { readonly op: 'produce' }>;

interface Drawn {
  readonly seed: number;
  readonly swarm: number;
  readonly choices: readonly number[];
  readonly topics: number;
  readonly partitions: number;
  readonly reset: 'earliest' | 'latest';
  readonly ops: readonly DrawnOp[];
  readonly faults: readonly DrawnFault[];
  readonly options: DrawnOptions | null;
  /** Of dead letters, where the plan has any. */
  readonly letterFaults: readonly DrawnFault[];
  readonly byHand: DrawnByHand;
  /** Which of the records that are skipped say when they want to come again. */
  readonly deferrals: readonly DrawnDeferral[];
}

interface DrawnDeferral {
  readonly record: number;
  readonly retryAfterMs: number;
}

interface DrawnFault {
  readonly afterOps: number;
  readonly fault: Fault;
}

/** Plans of this shape. Plain arrays, each element independent of the others: any of them can be left out. */
export function planArbitrary(fc: FastCheckModule, shape: PlanShape): Arbitrary<Plan> {
  const drawn: Arbitrary<Drawn> = fc.record({
    seed: fc.noShrink(fc.integer({ min: 0, max: 0x7fffffff })),
    swarm: fc.noShrink(fc.nat()),
    choices:
      shape.choices === true
        ? fc.array(fc.nat({ max: MAX_CHOICE }), { maxLength: MAX_CHOICES, size: 'max' })
        : fc.constant<readonly number[]>([]),
    topics: fc.integer({ min: 1, max: shape.topics.length }),
    partitions: fc.integer({ min: 1, max: MAX_PARTITIONS }),
    reset: shape.latest
      ? fc.oneof({ arbitrary: fc.constant('earliest' as const), weight: 3 }, { arbitrary: fc.constant('latest' as const), weight: 1 })
      : fc.constant('earliest' as const),
    ops: fc.array(drawnOp(fc, shape), { minLength: 2, maxLength: shape.maxOps, size: 'max' }),
    faults:
      shape.faults.length === 0
        ? fc.constant([])
        : fc.array(drawnFault(fc, shape), {
            minLength: 1,
            maxLength: shape.faults.length <= FEW_KINDS ? MAX_FAULTS : MAX_DRAWN_FAULTS,
            size: 'max',
          }),
    // Last, and without a draw where there are none: plans without options stay what they were.
    options: shape.options === true ? optionsArbitrary(fc, shape.topics.length, shape.time) : fc.constant(null),
    letterFaults:
      shape.options === true && shape.faults.length > 0
        ? fc.array(letterFault(fc, shape), { maxLength: MAX_LETTER_FAULTS })
        : fc.constant([]),
    byHand:
      shape.byHand === true
        ? byHandArbitrary(fc, {
            members: [FIRST_MEMBER, ...shape.otherMembers],
            topics: shape.topics.length,
            partitions: MAX_PARTITIONS,
            maxOps: shape.maxOps,
          })
        : fc.constant(NOTHING_BY_HAND),
    deferrals: shape.options === true ? fc.array(deferral(fc, shape), { maxLength: MAX_DEFERRALS, size: 'max' }) : fc.constant([]),
  });
  return drawn.map((each) => toPlan(shape, each));
}

function toPlan(shape: PlanShape, drawn: Drawn): Plan {
  const { options } = drawn;
  const topics = shape.topics.slice(0, drawn.topics).map((name, index): PlanTopic => {
    const handler = options === null ? undefined : handlerOptions(options, index, drawn.swarm);
    return { name, partitions: drawn.partitions, ...(handler === undefined ? {} : { handler }) };
  });
  const process = options === null ? undefined : processOptions(options, drawn.swarm);
  const deferred = deferredOps(drawn);
  const ops = drawn.ops.map((op, index): PlanOp => {
    if (op.op !== 'produce') return op;
    const topicIndex = op.topic % topics.length;
    const message = op.messages[topicIndex] ?? { key: null, value: null };
    const whenHalted = drawn.byHand.decisions[index % Math.max(1, drawn.byHand.decisions.length)] ?? 'retry';
    const asked = deferred.get(index);
    const script = withoutDefaults({
      ...op.script,
      ...(asked === undefined ? {} : { retryAfterMs: asked }),
      ...(topics[topicIndex]?.handler?.deadLetter === undefined ? {} : { whenHalted }),
    });
    return {
      op: 'produce',
      topic: topics[topicIndex]?.name ?? '',
      partition: op.partition % drawn.partitions,
      key: message.key,
      value: op.tombstone ? null : message.value,
      ...(message.headers === undefined || message.headers.length === 0 ? {} : { headers: message.headers }),
      ...(Object.keys(script).length === 0 ? {} : { script }),
    };
  });
  return {
    version: PLAN_VERSION,
    scenario: shape.scenario,
    config: {
      seed: drawn.seed,
      brokers: BROKERS,
      topics,
      offsetReset: drawn.reset,
      sessionTimeoutMs: shape.sessionTimeoutMs,
      ...(shape.replicationFactor === undefined ? {} : { replicationFactor: shape.replicationFactor }),
      ...(process === undefined ? {} : { process }),
      // Less than any ledger needs.
      ...(options !== null && hashOf(drawn.swarm, 'offsetMetadataMaxBytes') % 8 === 0 ? { offsetMetadataMaxBytes: 10 } : {}),
    },
    ops: [{ op: 'join', member: FIRST_MEMBER }, ...withPlaced(ops, byHandOps(drawn.byHand, { ...drawn, topics, ops }))],
    faults: [
      ...drawn.faults
        .filter(({ fault }) => isSwitchedOn(fault.kind, shape, drawn.swarm))
        .slice(0, MAX_FAULTS)
        .map(({ afterOps, fault }) => ({ afterOps, fault: placed(fault, topics, drawn.partitions) })),
      ...letterFaults(drawn, topics),
    ],
    choices: drawn.choices,
  };
}

function drawnOp(fc: FastCheckModule, shape: PlanShape): Arbitrary<DrawnOp> {
  const anyMember = fc.constantFrom(FIRST_MEMBER, ...shape.otherMembers);
  const otherMember = shape.otherMembers.length === 0 ? anyMember : fc.constantFrom(...shape.otherMembers);
  const produce: Arbitrary<DrawnOp> = fc.record({
    op: fc.constant('produce' as const),
    topic: fc.nat({ max: shape.topics.length - 1 }),
    partition: fc.nat({ max: MAX_PARTITIONS - 1 }),
    // One for each topic: which of them is used is known once the topics are.
    messages: fc.tuple(...shape.topics.map((topic) => shape.messages[topic] ?? plainMessage(fc))),
    tombstone: shape.tombstones ? fc.nat({ max: 7 }).map((draw) => draw === 7) : fc.constant(false),
    script: recordScript(fc, shape),
  });
  const options: { readonly arbitrary: Arbitrary<DrawnOp>; readonly weight: number }[] = [
    { arbitrary: produce, weight: 12 },
    { arbitrary: fc.record({ op: fc.constant('wait' as const), ms: waitMs(fc, shape) }), weight: 3 },
  ];
  if (shape.otherMembers.length > 0) {
    options.push({ arbitrary: fc.record({ op: fc.constant('join' as const), member: otherMember }), weight: 2 });
    options.push({ arbitrary: fc.record({ op: fc.constant('leave' as const), member: anyMember }), weight: 1 });
  }
  if (shape.crashes) {
    options.push({ arbitrary: fc.record({ op: fc.constant('crash' as const), member: anyMember }), weight: 2 });
    options.push({ arbitrary: fc.record({ op: fc.constant('join' as const), member: anyMember }), weight: 2 });
  }
  return fc.oneof(...options);
}

function plainMessage(fc: FastCheckModule): Arbitrary<GeneratedMessage> {
  return fc.record({
    key: fc.constantFrom(null, 'k1', 'k2', 'k3'),
    value: fc.string({ maxLength: 6 }),
  });
}

function recordScript(fc: FastCheckModule, shape: PlanShape): Arbitrary<RecordScript> {
  const slow = shape.time === 'virtual' ? [0, 0, 0, 0, 20, 400, 3_000] : [0, 0, 0, 0, 10, 100];
  return fc.record({
    skips: fc.constantFrom(0, 0, 0, 0, 1, 2, 3),
    failures: fc.constantFrom(0, 0, 0, 0, 0, 1, 2),
    misanswers: shape.options === true ? fc.constantFrom(0, 0, 0, 0, 0, 0, 1) : fc.constant(0),
    final: shape.options === true ? fc.constantFrom(false, false, false, true) : fc.constant(false),
    slowMs: fc.constantFrom(...slow),
    async: fc.boolean(),
    verdict: shape.rejects
      ? fc.constantFrom('consume' as const, 'consume' as const, 'consume' as const, 'reject' as const)
      : fc.constant('consume' as const),
  });
}

/** Shrinks with the values that say nothing left out, so that a printed plan shows what matters. */
function withoutDefaults(script: RecordScript): RecordScript {
  return {
    ...((script.skips ?? 0) > 0 ? { skips: script.skips as number } : {}),
    ...(script.retryAfterMs === undefined ? {} : { retryAfterMs: script.retryAfterMs }),
    ...((script.failures ?? 0) > 0 ? { failures: script.failures as number } : {}),
    ...((script.misanswers ?? 0) > 0 ? { misanswers: script.misanswers as number } : {}),
    ...(script.final === true && (script.failures ?? 0) > 0 ? { final: true } : {}),
    ...((script.slowMs ?? 0) > 0 ? { slowMs: script.slowMs as number } : {}),
    ...(script.async === true && (script.slowMs ?? 0) === 0 ? { async: true } : {}),
    ...(script.whenHalted === 'dead-letter' ? { whenHalted: script.whenHalted } : {}),
    ...(script.verdict === 'reject' ? { verdict: 'reject' as const } : {}),
  };
}

/** By the operation that writes the record: what its Skips ask for. */
function deferredOps({ deferrals, ops, swarm }: Drawn): ReadonlyMap<number, number> {
  if (hashOf(swarm, 'retryAfterMs') % DEFERRALS_ONE_IN !== 0) return new Map();
  const skipped = ops.flatMap((op, index) => (op.op === 'produce' && (op.script.skips ?? 0) > 0 ? [index] : []));
  if (skipped.length === 0) return new Map();
  return new Map(deferrals.map(({ record, retryAfterMs }) => [skipped[record % skipped.length] ?? 0, retryAfterMs]));
}

/** From at once to longer than a session. */
function deferral(fc: FastCheckModule, shape: PlanShape): Arbitrary<DrawnDeferral> {
  const delaysMs = shape.time === 'virtual' ? [0, 10, 1_000, 8_000] : [0, 10, 300];
  return fc.record({ record: fc.nat({ max: shape.maxOps }), retryAfterMs: fc.constantFrom(...delaysMs) });
}

function waitMs(fc: FastCheckModule, shape: PlanShape): Arbitrary<number> {
  if (shape.time === 'real')
    return fc.oneof(
      { arbitrary: fc.integer({ min: 0, max: 100 }), weight: 4 },
      { arbitrary: fc.integer({ min: 100, max: 600 }), weight: 1 },
    );
  return fc.oneof(
    { arbitrary: fc.integer({ min: 0, max: 100 }), weight: 4 },
    { arbitrary: fc.integer({ min: 100, max: 3_000 }), weight: 3 },
    // Longer than any session: who is dead is found out.
    { arbitrary: fc.integer({ min: 3_000, max: 15_000 }), weight: 1 },
  );
}

function letterFault(fc: FastCheckModule, shape: PlanShape): Arbitrary<DrawnFault> {
  return fc.record({ afterOps: fc.nat({ max: shape.maxOps }), fault: letterFaultArbitrary(fc) });
}

/** Trouble with dead letters befalls those of the first topic that has any. */
function letterFaults({ letterFaults: faults }: Drawn, topics: readonly PlanTopic[]): readonly DrawnFault[] {
  const source = topics.find(({ handler }) => handler?.deadLetter !== undefined);
  if (source === undefined) return [];
  return faults.map(({ afterOps, fault }) => ({ afterOps, fault: { ...fault, topic: deadLetterTopicOf(source.name) } }));
}

function drawnFault(fc: FastCheckModule, shape: PlanShape): Arbitrary<Drawn['faults'][number]> {
  const places = {
    topics: shape.topics,
    partitions: MAX_PARTITIONS,
    members: [FIRST_MEMBER, ...shape.otherMembers],
    brokers: BROKERS,
    time: shape.time,
  };
  return fc.record({
    afterOps: fc.nat({ max: shape.maxOps }),
    fault: fc.oneof(...shape.faults.map((kind) => faultArbitrary(fc, kind, places))),
  });
}

/** Of many kinds of trouble each seed has some and not the others: what hides behind one kind shows where it is missing. */
function isSwitchedOn(kind: FaultKind, shape: PlanShape, swarm: number): boolean {
  return shape.faults.length <= FEW_KINDS || hashOf(swarm, kind) % 3 === 0;
}

/** Places of a fault that the plan does not have become some that it has. */
function placed(fault: Fault, topics: readonly PlanTopic[], partitions: number): Fault {
  if (fault.topic === undefined) return fault;
  const topic = topics.some(({ name }) => name === fault.topic) ? fault.topic : (topics[0]?.name ?? '');
  return fault.partition === undefined ? { ...fault, topic } : { ...fault, topic, partition: fault.partition % partitions };
}
