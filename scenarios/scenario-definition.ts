import type { Arbitrary } from 'fast-check';
import type { NewTopic } from '../src/admin.ts';
import type { Handler } from '../src/handler.ts';
import type { Transport } from '../src/transport.ts';
import type { BrokerConfig } from '../testing/broker/broker-config.ts';
import type { InvariantName } from '../testing/checker/violation.ts';
import type { FaultKind } from '../testing/fault.ts';
import type { Plan } from '../testing/scenario/plan.ts';
import type { VenueMember } from '../testing/venue.ts';
import type { NumberCount } from '../testing/report/counts.ts';
import type { FastCheckModule } from './load-fast-check.ts';
import type { PlanWorld } from './plan-world.ts';
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
  /** Made at each start of a member. */
  readonly handlers: (world: PlanWorld, pace: VenuePace) => readonly Handler[];
  readonly plans: (fc: FastCheckModule, stage: Stageability) => Arbitrary<Plan>;
  /** What a campaign of some size must have seen, else it proves nothing. */
  readonly mustSee: readonly (NumberCount | 'faults')[];
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
