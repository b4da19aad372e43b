import type { Plan, PlanTopic } from '../../testing/scenario/plan.ts';
import { hashOf } from '../../testing/simulation/random.ts';

/** Longer ones cost more than they find. */
const MAX_OPS = 60;
const MAX_FAULTS = 8;

/**
 * A plan that begins as the first does and goes on as the second: what is behind an interesting state is looked for from
 * there. Any sequence of operations is a valid plan, so nothing has to fit but the topics.
 */
export function splicePlans(base: Plan, other: Plan, seed: number): Plan {
  const kept = Math.min(base.ops.length, 1 + (hashOf(seed, 'kept') % (base.ops.length + 1)));
  const from = hashOf(seed, 'from') % (other.ops.length + 1);
  const ops = [...base.ops.slice(0, kept), ...other.ops.slice(from)].slice(0, MAX_OPS);
  const faults = [
    ...base.faults.filter(({ afterOps }) => afterOps <= kept),
    ...other.faults.filter(({ afterOps }) => afterOps >= from).map((planned) => ({ ...planned, afterOps: planned.afterOps - from + kept })),
  ].slice(0, MAX_FAULTS);
  return {
    ...base,
    config: {
      ...base.config,
      seed: seed % 2 === 0 ? base.config.seed : other.config.seed,
      topics: joined(base.config.topics, other.config.topics),
    },
    ops,
    faults,
    choices: base.choices.length > 0 && seed % 3 !== 0 ? base.choices : other.choices,
  };
}

function joined(left: readonly PlanTopic[], right: readonly PlanTopic[]): readonly PlanTopic[] {
  const partitions = new Map(left.map(({ name, partitions: count }) => [name, count]));
  for (const { name, partitions: count } of right) partitions.set(name, Math.max(count, partitions.get(name) ?? 0));
  return [...partitions].map(([name, count]) => ({ name, partitions: count }));
}
