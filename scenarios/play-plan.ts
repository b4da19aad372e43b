import type { Violation } from '../testing/checker/violation.ts';
import type { TransportName } from '../testing/report/campaign-report.ts';
import { parsePlan } from '../testing/scenario/parse-plan.ts';
import type { Plan, PlanConfig } from '../testing/scenario/plan.ts';
import type { Venue } from '../testing/venue.ts';
import { withJudgement } from './judgement.ts';
import { runPlan, type PlanResult } from './run-plan.ts';
import type { ScenarioDefinition, Stageability } from './scenario-definition.ts';
import { paceOf } from './venue-pace.ts';

/** What a venue of virtual time is told of the run besides its configuration. */
export interface VenueRun {
  /** The plan's choices. */
  readonly choices?: readonly number[];
  /** How many decisions to count the alternatives of. */
  readonly decisionLimit?: number;
  /** How many events the trace keeps. */
  readonly traceLimit?: number;
  /** Settings of its brokers. */
  readonly brokerConfig?: NonNullable<ScenarioDefinition['brokerConfig']>;
}

/** Where plans are played. */
export interface ScenarioPlace extends Stageability {
  readonly transport: TransportName;
  /** A new venue for one plan. */
  openVenue(config: PlanConfig, run?: VenueRun): Promise<Venue>;
}

/** Plays one plan of a scenario; the venue is closed afterwards. */
export async function playPlan(scenario: ScenarioDefinition, plan: Plan, place: ScenarioPlace): Promise<PlanResult> {
  const result = await playUnjudged(scenario, plan, place);
  if (scenario.judge === undefined) return result;
  return withJudgement(result, await scenario.judge({ result, place, play: (other) => playUnjudged(scenario, other, place) }));
}

async function playUnjudged(scenario: ScenarioDefinition, plan: Plan, place: ScenarioPlace): Promise<PlanResult> {
  const venue = await place.openVenue(plan.config, { choices: plan.choices, brokerConfig: scenario.brokerConfig ?? {} });
  try {
    return await runPlan(parsePlan(plan), {
      venue,
      subject: scenario.subject,
      handlers: (world, life) => scenario.handlers(world, paceOf(venue), life),
      hazard: scenario.hazard,
      outputs: scenario.outputs,
      deadLetterTopic: scenario.deadLetterTopic,
    });
  } finally {
    await venue.close();
  }
}

/** The violation that counts for this scenario: the worst, or the one that it is about. */
export function decisiveViolation(scenario: ScenarioDefinition, result: PlanResult): Violation | null {
  const { violations } = result.verdict;
  return (scenario.about === undefined ? violations[0] : violations.find((violation) => violation.invariant === scenario.about)) ?? null;
}
