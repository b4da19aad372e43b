import type { NewTopic } from '../../src/admin.ts';
import type { Plan } from '../../testing/scenario/plan.ts';
import { shapeOf, TROUBLES, type Trouble } from '../commit-semantics.ts';
import { planArbitrary } from '../generate/plan-arbitrary.ts';
import type { PlanShape } from '../generate/plan-shape.ts';
import { puppetHandler } from '../plan-world.ts';
import type { ScenarioDefinition } from '../scenario-definition.ts';
import type { Subject } from '../subject.ts';
import type { ZooEntry } from './zoo-entry.ts';

/** The one topic of the zoo. */
export const TOPIC = 'orders';

/** Where its rejected records go. */
export const DEAD_LETTERS: NewTopic = { name: 'orders.dead', partitions: 1 };

/** An entry as its file writes it down: the consumer with the defect, the same one mended, and the trouble that shows it. */
export interface Exhibit extends Pick<ZooEntry, 'id' | 'name' | 'seenIn' | 'invariant' | 'caughtWithin' | 'onKafka'> {
  readonly broken: Subject;
  readonly mended: Subject;
  /** What happens to both, in plain words. */
  readonly tries: string;
  /** Name of one of the suite's troubles. */
  readonly trouble: string;
  /** Groups that start at the end of the log as well. Default false: where they start is the subject of two entries only. */
  readonly latest?: boolean;
  /** What differs from the trouble's own shape of plans. */
  readonly shape?: Partial<PlanShape>;
  /** Turns a generated plan into one that has what the bug needs. */
  readonly adapt?: (plan: Plan) => Plan;
  readonly handlers?: ScenarioDefinition['handlers'];
  /** The dead-letter topic, where rejected records are promised to go; see `DEAD_LETTERS`. */
  readonly deadLetters?: NewTopic;
  readonly brokerConfig?: ScenarioDefinition['brokerConfig'];
  /** A client underneath with a habit of its own, which both have to live with. */
  readonly hazard?: ScenarioDefinition['hazard'];
  /** A client underneath which is the defect: the twin has an honest one. */
  readonly brokenClient?: ScenarioDefinition['hazard'];
}

export function exhibit(given: Exhibit): ZooEntry {
  const { id, name, seenIn, invariant, caughtWithin, onKafka, brokenClient = given.hazard } = given;
  return {
    id,
    name,
    seenIn,
    invariant,
    caughtWithin,
    onKafka,
    scenario: {
      ...scenarioOf(given, `zoo-${id}`, given.broken),
      about: invariant,
      ...(brokenClient === undefined ? {} : { hazard: brokenClient }),
    },
    twin: {
      ...scenarioOf(given, `zoo-${id}-mended`, given.mended),
      ...(given.hazard === undefined ? {} : { hazard: given.hazard }),
    },
  };
}

function scenarioOf(given: Exhibit, scenario: string, subject: Subject): ScenarioDefinition {
  const trouble: Trouble = { ...troubleNamed(given.trouble), latest: given.latest ?? false };
  const adapt = given.adapt ?? ((plan: Plan): Plan => plan);
  return {
    name: scenario,
    tries: `${given.tries} (${subject.name})`,
    subject,
    handlers: given.handlers ?? ((world, pace) => [puppetHandler(world, [TOPIC], pace.retry)]),
    plans: (fc, stage) =>
      planArbitrary(fc, {
        ...shapeOf(trouble, stage, { scenario, topics: [TOPIC], messages: {}, tombstones: true, rejects: true }),
        ...given.shape,
      }).map(adapt),
    mustSee: ['records', 'deliveries', 'commits'],
    ...(given.deadLetters === undefined ? {} : { outputs: [given.deadLetters], deadLetterTopic: given.deadLetters.name }),
    ...(given.brokerConfig === undefined ? {} : { brokerConfig: given.brokerConfig }),
  };
}

function troubleNamed(name: string): Trouble {
  const trouble = TROUBLES.find((each) => each.name === name);
  if (trouble === undefined) throw new RangeError(`There is no trouble named ${name}`);
  return trouble;
}
