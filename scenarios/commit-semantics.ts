/** The built-in suite: what Consume, Skip and Reject do to committed offsets, under more and more trouble. */
import { FAULT_PROFILES, type FaultProfileName } from '../testing/fault/profiles.ts';
import type { FaultKind } from '../testing/fault.ts';
import { planArbitrary } from './generate/plan-arbitrary.ts';
import type { PlanShape } from './generate/plan-shape.ts';
import { puppetHandler } from './plan-world.ts';
import { runtimeSubject } from './runtime-subject.ts';
import type { ScenarioDefinition, Stageability } from './scenario-definition.ts';

const COMMIT_FAULTS: readonly FaultKind[] = ['commit-refused', 'commit-request-lost', 'commit-reply-lost'];

/** Kinds of trouble, each a scenario: the calm first. */
export interface Trouble {
  readonly name: string;
  readonly tries: string;
  readonly otherMembers: readonly string[];
  readonly crashes: boolean;
  readonly faults: readonly FaultKind[];
  readonly latest: boolean;
  readonly mustSee: ScenarioDefinition['mustSee'];
  /** In virtual time with replicas, and with other orders of what happens at the same time. Default false. */
  readonly simulated?: boolean;
}

const ALWAYS = ['records', 'deliveries', 'commits', 'skips', 'failures', 'redeliveries'] as const;

export const TROUBLES: readonly Trouble[] = [
  {
    name: 'steady',
    tries: 'one member, nothing goes wrong but the handler: skips, throws, slow calls',
    otherMembers: [],
    crashes: false,
    faults: [],
    latest: true,
    mustSee: ALWAYS,
  },
  {
    name: 'rebalances',
    tries: 'members join and leave at any moment',
    otherMembers: ['b', 'c'],
    crashes: false,
    faults: [],
    latest: false,
    mustSee: [...ALWAYS, 'rebalances'],
  },
  {
    name: 'crashes',
    tries: 'members die without a word and come back',
    otherMembers: ['b'],
    crashes: true,
    faults: [],
    latest: true,
    mustSee: [...ALWAYS, 'crashes', 'rebalances'],
  },
  {
    name: 'commit-failures',
    tries: 'commits are refused, lost, or stored with their answer lost',
    otherMembers: ['b'],
    crashes: false,
    faults: COMMIT_FAULTS,
    latest: false,
    mustSee: [...ALWAYS, 'faults'],
  },
  ofProfile('flaky-network', [...ALWAYS, 'faults']),
  ofProfile('broker-trouble', [...ALWAYS, 'faults']),
  ofProfile('everything', [...ALWAYS, 'crashes', 'rebalances', 'faults']),
];

/** Every fault of a profile that the place can inject. */
function ofProfile(name: FaultProfileName, mustSee: Trouble['mustSee']): Trouble {
  const { tries, faults, otherMembers, crashes } = FAULT_PROFILES[name];
  return { name, tries, faults, otherMembers, crashes, latest: true, simulated: true, mustSee };
}

const VIRTUAL_SESSION_MS = 6_000;

/** A crash is found out after so long: real time, so as short as a busy machine allows. */
const REAL_SESSION_MS = 1_500;

/** The shape of plans for one kind of trouble, on a stage. */
export function shapeOf(
  trouble: Trouble,
  stage: Stageability,
  rest: Pick<PlanShape, 'scenario' | 'topics' | 'messages' | 'tombstones' | 'rejects' | 'options' | 'byHand'>,
): PlanShape {
  const real = stage.time === 'real';
  return {
    ...rest,
    otherMembers: trouble.otherMembers,
    crashes: trouble.crashes,
    faults: trouble.faults.filter((kind) => stage.faultKinds.includes(kind)),
    latest: trouble.latest,
    time: stage.time,
    sessionTimeoutMs: real ? Math.max(stage.minSessionTimeoutMs, REAL_SESSION_MS) : VIRTUAL_SESSION_MS,
    maxOps: real ? 20 : 30,
    ...(!real && trouble.simulated === true ? { choices: true, replicationFactor: 2 } : {}),
  };
}

/** What the built-in scenarios play on. */
export const TOPICS: readonly string[] = ['orders', 'payments'];

/** Everything that can be drawn: of messages, of options, and by hand. */
export function drawEverything({ name }: Trouble): Parameters<typeof shapeOf>[2] {
  return { scenario: name, topics: TOPICS, messages: {}, tombstones: true, rejects: true, options: true, byHand: true };
}

export const commitSemantics: readonly ScenarioDefinition[] = TROUBLES.map((trouble) => ({
  name: trouble.name,
  tries: trouble.tries,
  subject: runtimeSubject,
  handlers: (world, pace) => TOPICS.map((topic) => puppetHandler(world, [topic], pace.retry)),
  plans: (fc, stage) => planArbitrary(fc, shapeOf(trouble, stage, drawEverything(trouble))),
  mustSee: [...trouble.mustSee, 'rejects', 'tombstones'],
}));
