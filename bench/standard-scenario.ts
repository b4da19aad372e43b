/** What "scenarios a second" is measured with: 2 members, 3 partitions, 30 records, trouble of every kind. */
import { profileScenarios } from '../scenarios/profile-scenarios.ts';
import type { ScenarioDefinition } from '../scenarios/scenario-definition.ts';
import type { Plan, PlanOp } from '../testing/scenario/plan.ts';

export const STANDARD_SIZE = '2 members, 3 partitions, 30 records, faults everything';

const RECORDS = 30;
const PARTITIONS = 3;
const TOPIC = 'orders';
const SECOND_MEMBER = 'b';
/** Where among the records the second member joins. */
const JOIN_AT = 10;

const everything = profileScenarios.find(({ name }) => name === 'under-everything') as ScenarioDefinition;

export const standardScenario: ScenarioDefinition = {
  ...everything,
  name: 'standard',
  plans: (fc, stage) => everything.plans(fc, stage).map(toStandard),
};

/** What somebody does by hand came to the profile later: each figure is of the same trouble as the first one was. */
const TROUBLE: readonly PlanOp['op'][] = ['join', 'leave', 'crash', 'wait'];

/** The generated plan's faults, scripts, waits and crashes, with as many records, partitions and members as the standard says. */
function toStandard(plan: Plan): Plan {
  const produced = plan.ops.filter((op) => op.op === 'produce');
  const others = plan.ops.filter((op) => TROUBLE.includes(op.op) && !('member' in op && op.member === 'c'));
  const records = Array.from({ length: RECORDS }, (_, index): PlanOp => {
    const script = produced[index]?.script;
    return {
      op: 'produce',
      topic: TOPIC,
      partition: index % PARTITIONS,
      key: `k${index % 4}`,
      value: String(index),
      ...(script === undefined ? {} : { script }),
    };
  });
  const [first, ...rest] = others;
  const ops = records.toSpliced(JOIN_AT, 0, { op: 'join', member: SECOND_MEMBER });
  const step = Math.max(1, Math.floor(ops.length / (rest.length + 1)));
  for (const [index, op] of rest.entries()) ops.splice((index + 1) * step + index, 0, op);
  // Handlers and processes have no options, as when the standard was set; then there are no dead letters to trouble either.
  const { process: _process, topics, ...config } = plan.config;
  const isOfRecords = ({ fault }: (typeof plan.faults)[number]): boolean =>
    fault.topic === undefined || topics.some(({ name }) => name === fault.topic);
  return {
    ...plan,
    config: { ...config, topics: [{ name: TOPIC, partitions: PARTITIONS }], offsetReset: 'earliest' },
    ops: first === undefined ? ops : [first, ...ops],
    faults: plan.faults
      .filter(isOfRecords)
      .map((planned) => (planned.fault.topic === undefined ? planned : { ...planned, fault: { ...planned.fault, topic: TOPIC } })),
  };
}
