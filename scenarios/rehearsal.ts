/** What a user's `rehearsal.config.ts` says, and the scenarios that follow from it. */
import type { Arbitrary } from 'fast-check';
import { KafkaError } from '../src/errors.ts';
import type { Handler } from '../src/handler.ts';
import { asHandler, type AnyMessageHandler } from '../src/message-handler.ts';
import type { Random } from '../src/random.ts';
import { VIRTUAL_EPOCH_MS } from '../testing/simulation/event-loop.ts';
import { TROUBLES, shapeOf } from './commit-semantics.ts';
import { planArbitrary } from './generate/plan-arbitrary.ts';
import type { GeneratedMessage } from './generate/plan-shape.ts';
import type { FastCheckModule } from './load-fast-check.ts';
import { scriptedHandler, type PlanWorld } from './plan-world.ts';
import { requireKnown } from './own/known-options.ts';
import { toPlanMessage } from './own/messages.ts';
import type { MessageArbitraries, MessageContext, RehearsalMessage } from './own/scenario-options.ts';
import { runtimeSubject } from './runtime-subject.ts';
import type { ScenarioDefinition, Stageability } from './scenario-definition.ts';

export interface RehearsalOptions<World = undefined> {
  /** Made once a run; it survives crashes, as a database does. */
  readonly world?: (context: { readonly clock: { now(): number }; readonly random: Random }) => World;
  /** Made at every start of a member; they die with it. */
  readonly handlers: (world: World) => readonly (Handler | AnyMessageHandler)[];
  /** A generator of messages for each topic. As a function it is given fast-check, so that a configuration need not import it. */
  readonly messages: MessageArbitraries | ((fc: FastCheckModule, context: MessageContext) => MessageArbitraries);
  /** Null values in place of one message in eight. Default true. */
  readonly tombstones?: boolean;
  /** Runs of each scenario where the command line gives none. Default 200. */
  readonly runs?: number;
}

const REHEARSAL_OPTIONS: Readonly<Record<keyof RehearsalOptions, true>> = {
  world: true,
  handlers: true,
  messages: true,
  tombstones: true,
  runs: true,
};

const REHEARSAL: unique symbol = Symbol.for('kafka-rehearsal.rehearsal');

/** A checked rehearsal: what `rehearsal.config.ts` exports. */
export interface Rehearsal {
  readonly [REHEARSAL]: true;
  /** That the handlers take; none for scenarios of one's own, which say it themselves. */
  readonly topics: readonly string[];
  readonly runs: number | null;
  readonly scenarios: readonly ScenarioDefinition[];
}

export function isRehearsal(value: unknown): value is Rehearsal {
  return typeof value === 'object' && value !== null && (value as Partial<Rehearsal>)[REHEARSAL] === true;
}

/**
 * What a `rehearsal.config.ts` exports: scenarios of one's own, by `defineScenario`; or the built-in troubles, with these
 * handlers and these messages. Throws SCENARIO_INVALID.
 */
export function defineRehearsal<World = undefined>(
  options: RehearsalOptions<World> | { readonly scenarios: readonly ScenarioDefinition[] },
): Rehearsal {
  return 'scenarios' in options ? rehearsalOf(options.scenarios) : troubledRehearsal(options);
}

function rehearsalOf(scenarios: readonly ScenarioDefinition[]): Rehearsal {
  if (!Array.isArray(scenarios) || scenarios.length === 0)
    throw new KafkaError('SCENARIO_INVALID', 'defineRehearsal: `scenarios` must hold at least one, such as defineScenario(name, { … })');
  const names = scenarios.map(({ name }) => name);
  const double = names.find((name, index) => names.indexOf(name) < index);
  if (double !== undefined) throw new KafkaError('SCENARIO_INVALID', `defineRehearsal: two scenarios have the name "${double}"`);
  return { [REHEARSAL]: true, topics: [], runs: Math.max(...scenarios.map(({ runs }) => runs ?? 0)) || null, scenarios };
}

function troubledRehearsal<World>(options: RehearsalOptions<World>): Rehearsal {
  if (typeof options?.handlers !== 'function') {
    throw new KafkaError(
      'SCENARIO_INVALID',
      'defineRehearsal: `handlers` must be a function that makes the handlers of one process, such as () => [userEvents]',
    );
  }
  if (options.messages === undefined || options.messages === null) {
    throw new KafkaError(
      'SCENARIO_INVALID',
      'defineRehearsal: `messages` must hold a generator of messages for each topic, such as { orders: fc.record({ key, value }) }',
    );
  }
  requireKnown('defineRehearsal', options, REHEARSAL_OPTIONS);
  const topics = topicsOf(options);
  return {
    [REHEARSAL]: true,
    topics,
    runs: options.runs ?? null,
    scenarios: TROUBLES.map((trouble): ScenarioDefinition => ({
      name: trouble.name,
      tries: trouble.tries,
      subject: runtimeSubject,
      handlers: (world, pace) =>
        options.handlers(worldOf(world, options)).map((given) => {
          const handler = scriptedHandler(world, asHandler(given));
          return pace.scalesBackOff ? { ...handler, retry: pace.retry } : handler;
        }),
      plans: (fc: FastCheckModule, stage: Stageability) =>
        planArbitrary(fc, {
          ...shapeOf(trouble, stage, {
            scenario: trouble.name,
            topics,
            messages: generators(fc, stage, topics, options),
            tombstones: options.tombstones ?? true,
            rejects: false,
          }),
        }),
      mustSee: trouble.mustSee,
    })),
  };
}

/** Asked of the handlers themselves: made once to see what they take. */
function topicsOf<World>(options: RehearsalOptions<World>): readonly string[] {
  const world = options.world?.({ clock: { now: () => VIRTUAL_EPOCH_MS }, random: { next: () => 0 } }) as World;
  return options.handlers(world).flatMap((handler) => asHandler(handler).topics);
}

function worldOf<World>(planWorld: PlanWorld, options: RehearsalOptions<World>): World {
  return planWorld.keep(options, () => options.world?.({ clock: planWorld.clock, random: planWorld.random }) as World);
}

function generators<World>(
  fc: FastCheckModule,
  stage: Stageability,
  topics: readonly string[],
  options: RehearsalOptions<World>,
): Readonly<Record<string, Arbitrary<GeneratedMessage>>> {
  const now = stage.time === 'virtual' ? VIRTUAL_EPOCH_MS : Date.now();
  const given = typeof options.messages === 'function' ? options.messages(fc, { now }) : options.messages;
  const missing = topics.filter((topic) => given[topic] === undefined);
  if (missing.length > 0)
    throw new KafkaError(
      'SCENARIO_INVALID',
      `defineRehearsal: \`messages\` has no generator for ${missing.join(', ')}, which the handlers take`,
    );
  const unknown = Object.keys(given).filter((topic) => !topics.includes(topic));
  if (unknown.length > 0)
    throw new KafkaError(
      'SCENARIO_INVALID',
      `defineRehearsal: \`messages\` has generators for ${unknown.join(', ')}, which no handler takes`,
    );
  return Object.fromEntries(
    topics.map((topic) => [
      topic,
      (given[topic] as Arbitrary<RehearsalMessage>).map((message) => toPlanMessage('rehearsal', topic, message)),
    ]),
  );
}
