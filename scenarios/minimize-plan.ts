import { deadLetterTopicOf, type Plan, type PlanFault, type PlanOp, type PlanTopic } from '../testing/scenario/plan.ts';
import { simplerChoices, simplerFaults } from './simpler-choices.ts';

/** Plans tried at most; each try is a run. */
const MAX_TRIES = 2_000;

/** Pairs are left out together in plans up to this size: what depends on timing often stands on two legs. */
const MAX_OPS_FOR_PAIRS = 20;

/**
 * Makes a failing plan as small as it gets by leaving out and simplifying one thing at a time, until nothing more can go.
 * It starts where fast-check's shrinking ends, which does not know what a plan means. `fails` says whether a plan still
 * fails in the same way. `keepsMessages`: a message may go, but none becomes another.
 */
export async function minimizePlan(
  plan: Plan,
  fails: (candidate: Plan) => Promise<boolean>,
  { keepsMessages = false }: { readonly keepsMessages?: boolean } = {},
): Promise<Plan> {
  let best = plan;
  let tries = 0;
  for (;;) {
    let smaller: Plan | null = null;
    for (const candidate of candidates(best, keepsMessages)) {
      if (tries >= MAX_TRIES) return best;
      tries += 1;
      if (await fails(candidate)) {
        smaller = candidate;
        break;
      }
    }
    if (smaller === null) return best;
    best = smaller;
  }
}

/** Simpler plans, the boldest cuts first. */
function* candidates(plan: Plan, keepsMessages: boolean): Generator<Plan> {
  yield* simplerChoices(plan);
  for (const size of chunkSizes(plan.ops.length)) {
    for (let from = plan.ops.length - size; from >= 0; from -= size) yield withoutOps(plan, from, size);
  }
  for (let index = 0; index < plan.faults.length; index += 1) yield { ...plan, faults: plan.faults.toSpliced(index, 1) };
  yield* withoutPairs(plan);
  yield* withMergedWaits(plan);
  yield* withItsTimeWaited(plan);
  yield* simplerConfigs(plan);
  for (let index = 0; index < plan.ops.length; index += 1) {
    const op = plan.ops[index];
    if (op !== undefined) for (const simpler of simplerOps(op, keepsMessages)) yield { ...plan, ops: plan.ops.with(index, simpler) };
  }
  yield* simplerFaults(plan);
}

function* withoutPairs(plan: Plan): Generator<Plan> {
  if (plan.ops.length > MAX_OPS_FOR_PAIRS) return;
  for (let second = plan.ops.length - 1; second > 0; second -= 1) {
    for (let first = second - 1; first >= 0; first -= 1) yield withoutOps(withoutOps(plan, second, 1), first, 1);
  }
}

/** What every operation takes of the run's time: one that is left out moves whatever comes after it, unless it is waited for. */
const OP_MS = 2;

/** Without an operation, whose time an earlier wait takes. */
function* withItsTimeWaited(plan: Plan): Generator<Plan> {
  for (let index = plan.ops.length - 1; index > 0; index -= 1) {
    const waiting = plan.ops.findLastIndex((op, earlier) => earlier < index - 1 && op.op === 'wait');
    const wait = plan.ops[waiting];
    if (wait?.op !== 'wait') continue;
    const without = withoutOps(plan, index, 1);
    yield { ...without, ops: without.ops.with(waiting, { op: 'wait', ms: wait.ms + OP_MS }) };
  }
}

/** One wait instead of two, or in place of another operation. */
function* withMergedWaits(plan: Plan): Generator<Plan> {
  for (let index = plan.ops.length - 1; index > 0; index -= 1) {
    const op = plan.ops[index];
    const before = plan.ops[index - 1];
    if (before?.op !== 'wait' || op === undefined) continue;
    const merged = withoutOps(plan, index, 1);
    for (const ms of op.op === 'wait' ? [before.ms + op.ms] : [before.ms + OP_MS, before.ms * 2, before.ms + 500]) {
      yield { ...merged, ops: merged.ops.with(index - 1, { op: 'wait', ms }) };
    }
  }
}

function chunkSizes(length: number): readonly number[] {
  return [Math.floor(length / 2), Math.floor(length / 4), 1].filter((size, index, sizes) => size > 0 && sizes.indexOf(size) === index);
}

function withoutOps(plan: Plan, from: number, count: number): Plan {
  return {
    ...plan,
    ops: plan.ops.toSpliced(from, count),
    // A fault stays between the same operations.
    faults: plan.faults.map((planned) => ({
      ...planned,
      afterOps: planned.afterOps <= from ? planned.afterOps : Math.max(from, planned.afterOps - count),
    })),
  };
}

function* simplerConfigs(plan: Plan): Generator<Plan> {
  const { topics } = plan.config;
  const used = new Set(plan.ops.flatMap((op) => (op.op === 'produce' ? [op.topic] : [])));
  const needed = topics.filter((topic) => used.has(topic.name));
  if (needed.length > 0 && needed.length < topics.length) {
    const names = new Set(needed.flatMap(({ name }) => [name, deadLetterTopicOf(name)]));
    const stays = ({ fault }: PlanFault): boolean => fault.topic === undefined || names.has(fault.topic);
    const without = plan.ops.reduceRight(
      (rest, op, index) => ('topic' in op && !names.has(op.topic) ? withoutOps(rest, index, 1) : rest),
      plan,
    );
    yield { ...without, config: { ...plan.config, topics: needed }, faults: without.faults.filter(stays) };
  }
  yield* withoutOptions(plan);
  const most = Math.max(...topics.map((topic) => topic.partitions));
  for (let partitions = 1; partitions < most; partitions += 1) {
    yield {
      ...plan,
      config: { ...plan.config, topics: topics.map((topic) => ({ ...topic, partitions: Math.min(topic.partitions, partitions) })) },
      ops: plan.ops.map((op) => ('partition' in op && op.partition !== undefined ? { ...op, partition: op.partition % partitions } : op)),
      faults: plan.faults.map((planned) => withinPartitions(planned, partitions)),
    };
  }
}

/** Without one option of a handler or of the process; a retry policy goes limit by limit. */
function* withoutOptions(plan: Plan): Generator<Plan> {
  const { topics, process: processOptions, ...config } = plan.config;
  const withTopic = (index: number, topic: PlanTopic): Plan => ({ ...plan, config: { ...plan.config, topics: topics.with(index, topic) } });
  if (processOptions !== undefined) {
    yield { ...plan, config: { ...config, topics } };
    for (const process of withoutEach(processOptions)) yield { ...plan, config: { ...plan.config, process } };
  }
  for (const [index, { handler, ...topic }] of topics.entries()) {
    if (handler === undefined) continue;
    yield withoutLetterFaults(withTopic(index, topic));
    for (const simpler of withoutEach(handler)) yield withoutLetterFaults(withTopic(index, { ...topic, handler: simpler }));
    for (const retry of handler.retry === undefined ? [] : withoutEach(handler.retry))
      yield withTopic(index, { ...topic, handler: { ...handler, retry } });
  }
}

/** A fault of dead letters that there are no more goes with them. */
function withoutLetterFaults(plan: Plan): Plan {
  const known = new Set(
    plan.config.topics.flatMap(({ name, handler }) => (handler?.deadLetter === undefined ? [name] : [name, deadLetterTopicOf(name)])),
  );
  return { ...plan, faults: plan.faults.filter(({ fault }) => fault.topic === undefined || known.has(fault.topic)) };
}

function* withoutEach<Options extends object>(options: Options): Generator<Options> {
  const names = Object.keys(options);
  for (const name of names.length > 1 ? names : []) {
    const { [name as keyof Options]: _, ...rest } = options;
    yield rest as Options;
  }
}

/** A fault of a partition that is no more meets one that is left. */
function withinPartitions(planned: PlanFault, partitions: number): PlanFault {
  const { partition } = planned.fault;
  if (partition === undefined || partition < partitions) return planned;
  return { ...planned, fault: { ...planned.fault, partition: partition % partitions } };
}

function* simplerOps(op: PlanOp, keepsMessages: boolean): Generator<PlanOp> {
  if (op.op === 'wait') {
    if (op.ms > 1) yield { ...op, ms: Math.floor(op.ms / 2) };
    return;
  }
  if (op.op !== 'produce') return;
  const { script, ...bare } = op;
  if (script !== undefined) {
    yield bare;
    for (const field of Object.keys(script) as (keyof typeof script)[]) {
      const { [field]: value, ...rest } = script;
      if (Object.keys(rest).length > 0) yield { ...bare, script: rest };
      if (typeof value === 'number' && value > 1)
        yield { ...bare, script: { ...script, [field]: field === 'slowMs' ? Math.floor(value / 2) : 1 } };
    }
  }
  if (keepsMessages) return;
  if (op.key !== null) yield { ...op, key: null };
  if (typeof op.value === 'string' && op.value.length > 1) yield { ...op, value: 'x' };
}
