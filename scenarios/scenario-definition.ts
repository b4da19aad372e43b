import type { Arbitrary } from 'fast-check';
import type { NewTopic } from '../src/admin.ts';
import type { Handler } from '../src/handler.ts';
import type { Transport } from '../src/transport.ts';
import type { BrokerConfig } from '../testing/broker/broker-config.ts';
import type { InvariantName, Violation } from '../testing/checker/violation.ts';
import type { FaultKind } from '../testing/fault.ts';
import type { Plan } from '../testing/scenario/plan.ts';
import type { VenueMember } from '../testing/venue.ts';
import type { TappedMember } from '../testing/witness/tapped-member.ts';
import type { NumberCount } from '../testing/report/counts.ts';
import type { FastCheckModule } from './load-fast-check.ts';
import type { PlanWorld } from './plan-world.ts';
import type { PlanResult } from './run-plan.ts';
import type { Subject } from './subject.ts';
import type { VenuePace } from './venue-pace.ts';

/** What a venue lets a generator do. */
export interface Stageability {
  readonly time: 'virtual' | 'real';
  readonly faultKinds: readonly FaultKind[];
  readonly minSessionTimeoutMs: number;
}

/** One scenario: who plays, with which handlers, and which plans are generated for it. */
export interface ScenarioDefinition {
  /** Unique in a campaign, kebab-case. */
  readonly name: string;
  /** What is tried, in plain words: the rest of a sentence that begins with the name. */
  readonly tries: string;
  readonly subject: Subject;
  /** Made at each start of a member: `life` is the process that they belong to. */
  readonly handlers: (world: PlanWorld, pace: VenuePace, life: TappedMember) => readonly Handler[];
  readonly plans: (fc: FastCheckModule, stage: Stageability) => Arbitrary<Plan>;
  /** What a campaign of some size must have seen, else it proves nothing. */
  readonly mustSee: readonly (NumberCount | 'faults')[];
  /** Kinds of faults that must have fired, each of them, in a campaign of some size. Default: those that were armed often. */
  readonly mustFire?: readonly FaultKind[];
  /** Facts that must have been seen in a campaign of some size; see `Counts.facts`. */
  readonly facts?: readonly string[];
  /** Messages mean something to the handlers: a plan is made smaller by leaving some out, never by changing one. Default false. */
  readonly ownMessages?: boolean;
  /** Runs where nobody says how many. */
  readonly runs?: number;
  /** What only this scenario can judge, after the checker has. Rejects only when its own code is at fault. */
  readonly judge?: (played: PlayedRun) => Promise<OwnJudgement>;
  /** A transport with a hazard of its own between client and subject. */
  readonly hazard?: (transport: Transport, member: VenueMember) => Transport;
  /** Topics that the subject itself writes to: made with those of the plan, and read at the end. */
  readonly outputs?: readonly NewTopic[];
  /** The one of them where a rejected record goes before it is committed; the checker holds the subject to that. */
  readonly deadLetterTopic?: string;
  /** Settings of the in-memory brokers; a real one keeps its own. */
  readonly brokerConfig?: Partial<BrokerConfig>;
  /** The defect that this scenario is about: only a violation of this invariant counts. For the bug zoo. */
  readonly about?: InvariantName;
}

/** A run that is over, for a scenario that judges by itself. */
export interface PlayedRun {
  readonly result: PlanResult;
  readonly place: Stageability;
  /** Plays another plan of the same scenario, which is not judged. */
  play(plan: Plan): Promise<PlanResult>;
}

export interface OwnJudgement {
  readonly violations: readonly Violation[];
  /** How many things each check has judged. */
  readonly checks: Readonly<Record<string, number>>;
  /** How often each fact was seen. */
  readonly facts: Readonly<Record<string, number>>;
}
