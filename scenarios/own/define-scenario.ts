import { KafkaError } from '../../src/errors.ts';
import type { Handler } from '../../src/handler.ts';
import { asHandler } from '../../src/message-handler.ts';
import { murmur2 } from '../../src/producer/murmur2.ts';
import type { Plan, PlanOp } from '../../testing/scenario/plan.ts';
import type { TappedMember } from '../../testing/witness/tapped-member.ts';
import { shapeOf, type Trouble } from '../commit-semantics.ts';
import { planArbitrary } from '../generate/plan-arbitrary.ts';
import type { PlanWorld } from '../plan-world.ts';
import { runtimeSubject } from '../runtime-subject.ts';
import type { ScenarioDefinition } from '../scenario-definition.ts';
import type { VenuePace } from '../venue-pace.ts';
import { CalmEnds } from './calm-plan.ts';
import { declaredFaults } from './declared-faults.ts';
import { judgeRun } from './judge-run.ts';
import { requireKnown, SCENARIO_OPTIONS, TEST_OPTIONS } from './known-options.ts';
import { messageArbitraries, planMessages } from './messages.ts';
import { scenarioThrew } from './own-code.ts';
import { RunState } from './run-state.ts';
import type { ScenarioOptions } from './scenario-options.ts';

/** Runs of a scenario that does not say how many. */
export const DEFAULT_RUNS = 100;
const MOST_RUNS = 10_000_000;

/**
 * A scenario of one's own: a world, handlers, messages and what goes wrong; for `rehearsal.config.ts`, and for vitest by
 * `scenario()`, which takes the same. Throws SCENARIO_INVALID for options that cannot be meant.
 */
export function defineScenario<World = undefined>(name: string, options: ScenarioOptions<World>): ScenarioDefinition {
  checkOptions(name, options);
  const faults = declaredFaults(name, options.faults ?? 'everything');
  const trouble: Trouble = {
    ...faults,
    faults: faults.kinds,
    latest: false,
    simulated: true,
    mustSee: ['records', 'deliveries', 'commits', ...(faults.otherMembers.length > 0 ? (['rebalances'] as const) : [])],
  };
  const stateOf = (planWorld: PlanWorld): RunState<World> => planWorld.keep(options, () => newState(name, options, planWorld));
  const calmEnds = new CalmEnds();
  let topics: readonly string[] = [];
  return {
    name,
    tries: faults.tries,
    subject: runtimeSubject,
    ownMessages: true,
    runs: options.runs ?? DEFAULT_RUNS,
    mustSee: trouble.mustSee,
    mustFire: faults.named,
    facts: options.sometimes ?? [],
    outputs: (options.outputs ?? []).map((topic) => ({ name: topic, partitions: 1 })),
    handlers: (planWorld, pace, life) => processHandlers(name, options, stateOf(planWorld), { pace, life, topics }),
    plans: (fc, stage) => {
      const messages = messageArbitraries(name, options.messages, fc, stage);
      topics = Object.keys(messages);
      const shape = shapeOf(trouble, stage, {
        scenario: name,
        topics,
        messages: planMessages(name, fc, messages),
        tombstones: options.tombstones ?? true,
        rejects: false,
      });
      return planArbitrary(fc, shape).map(asProduced);
    },
    judge: (played) => judgeRun({ name, options, stateOf, calmEnds }, played),
  };
}

function checkOptions<World>(name: string, options: ScenarioOptions<World>): void {
  const invalid = (what: string): never => {
    throw new KafkaError('SCENARIO_INVALID', `scenario ${JSON.stringify(name)}: ${what}`);
  };
  if (typeof name !== 'string' || name.trim() === '') invalid('expected a name');
  if (typeof options?.handlers !== 'function')
    invalid('`handlers` must be a function that makes the handlers of one process, such as (world) => [orders(world)]');
  if (options.messages === undefined || options.messages === null)
    invalid('`messages` must hold a generator of messages for each topic, such as { orders: fc.record({ key, value }) }');
  requireKnown(`scenario ${JSON.stringify(name)}`, options, { ...SCENARIO_OPTIONS, ...TEST_OPTIONS });
  const { runs } = options;
  if (runs !== undefined && !(Number.isSafeInteger(runs) && runs >= 1 && runs <= MOST_RUNS))
    invalid(`\`runs\` is ${String(runs)}, expected a whole number from 1 to ${MOST_RUNS}`);
  for (const [check, holds] of Object.entries(options.invariants ?? {}))
    if (typeof holds !== 'function') invalid(`invariants["${check}"] must be a function that throws where it is violated`);
}

function newState<World>(name: string, options: ScenarioOptions<World>, planWorld: PlanWorld): RunState<World> {
  let world: World;
  try {
    world = options.world?.({ clock: planWorld.clock, random: planWorld.random }) as World;
  } catch (error) {
    throw scenarioThrew(name, '`world`', error);
  }
  return new RunState(world, planWorld, options.sometimes ?? null);
}

interface Process {
  readonly pace: VenuePace;
  readonly life: TappedMember;
  /** Topics that have messages; none where plans were not drawn but read. */
  readonly topics: readonly string[];
}

function processHandlers<World>(
  name: string,
  options: ScenarioOptions<World>,
  state: RunState<World>,
  process: Process,
): readonly Handler[] {
  let handlers: readonly Handler[];
  try {
    handlers = options.handlers(state.world, state.tools(process.life)).map((given) => asHandler(given));
  } catch (error) {
    throw scenarioThrew(name, '`handlers`', error);
  }
  if (process.topics.length > 0) checkTopics(name, handlers, process.topics);
  const { pace } = process;
  return handlers.map((handler) => state.follow(pace.scalesBackOff ? { ...handler, retry: pace.retry } : handler));
}

function checkTopics(name: string, handlers: readonly Handler[], topics: readonly string[]): void {
  const taken = new Set(handlers.flatMap((handler) => handler.topics));
  const untaken = topics.filter((topic) => !taken.has(topic));
  if (untaken.length > 0)
    throw new KafkaError(
      'SCENARIO_INVALID',
      `scenario "${name}": \`messages\` has generators for ${untaken.join(', ')}, which no handler takes`,
    );
  const missing = [...taken].filter((topic) => !topics.includes(topic));
  if (missing.length > 0)
    throw new KafkaError(
      'SCENARIO_INVALID',
      `scenario "${name}": \`messages\` has no generator for ${missing.join(', ')}, which the handlers take`,
    );
}

/** As producers write them: without a script in front of the handlers, and the messages of a key in one partition. */
function asProduced(plan: Plan): Plan {
  const partitions = new Map(plan.config.topics.map((topic) => [topic.name, topic.partitions]));
  return { ...plan, ops: plan.ops.map((op) => (op.op === 'produce' ? inItsPartition(op, partitions.get(op.topic) ?? 1) : op)) };
}

const encoder = new TextEncoder();

function inItsPartition({ script: _script, ...op }: Extract<PlanOp, { readonly op: 'produce' }>, partitions: number): PlanOp {
  return op.key === null ? op : { ...op, partition: (murmur2(encoder.encode(op.key)) & 0x7fffffff) % partitions };
}
