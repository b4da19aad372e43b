import { deadLetterTopicOf, type Plan, type PlanFault, type PlanTopic } from '../../testing/scenario/plan.ts';
import { hashOf } from '../../testing/simulation/random.ts';

/** Longer ones cost more than they find. */
const MAX_OPS = 60;
const MAX_FAULTS = 8;

/**
 * A plan that begins as the first does and goes on as the second: what is behind an interesting state is looked for from
 * there. Any sequence of operations is a valid plan, so nothing has to fit but the topics: each has the options that it has in the
 * first, if it is there, and a fault of dead letters that there are none of goes.
 */
export function splicePlans(base: Plan, other: Plan, seed: number): Plan {
  const kept = Math.min(base.ops.length, 1 + (hashOf(seed, 'kept') % (base.ops.length + 1)));
  const from = hashOf(seed, 'from') % (other.ops.length + 1);
  const topics = joined(base.config.topics, other.config.topics);
  const ops = [...base.ops.slice(0, kept), ...other.ops.slice(from)].slice(0, MAX_OPS);
  const faults = [
    ...base.faults.filter(({ afterOps }) => afterOps <= kept),
    ...other.faults.filter(({ afterOps }) => afterOps >= from).map((planned) => ({ ...planned, afterOps: planned.afterOps - from + kept })),
  ]
    .filter((planned) => isSomewhere(planned, topics))
    .slice(0, MAX_FAULTS);
  return {
    ...base,
    config: {
      ...base.config,
      seed: seed % 2 === 0 ? base.config.seed : other.config.seed,
      topics,
    },
    ops,
    faults,
    choices: base.choices.length > 0 && seed % 3 !== 0 ? base.choices : other.choices,
  };
}

function joined(left: readonly PlanTopic[], right: readonly PlanTopic[]): readonly PlanTopic[] {
  const topics = new Map(left.map((topic) => [topic.name, topic]));
  for (const topic of right) {
    const known = topics.get(topic.name);
    topics.set(topic.name, known === undefined ? topic : { ...known, partitions: Math.max(known.partitions, topic.partitions) });
  }
  return [...topics.values()];
}

function isSomewhere({ fault }: PlanFault, topics: readonly PlanTopic[]): boolean {
  if (fault.topic === undefined) return true;
  return topics.some(
    ({ name, handler }) => fault.topic === name || (handler?.deadLetter !== undefined && fault.topic === deadLetterTopicOf(name)),
  );
}
