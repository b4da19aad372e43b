import type { History } from '../../checker/history.ts';
import type { Violation } from '../../checker/violation.ts';
import type { Plan } from '../../scenario/plan.ts';
import type { CampaignReport } from '../campaign-report.ts';

/** One plan that was played, and what the witnesses wrote down: what the reports of a failure are drawn from. */
export interface PlayedPlan {
  readonly plan: Plan;
  readonly history: History;
  /** The broken promise that the report is about. */
  readonly violation: Violation;
}

/** Everything that a page about a campaign tells. */
export interface CampaignStory {
  readonly report: CampaignReport;
  /** What each scenario tries, in plain words, by its name. */
  readonly tries: ReadonlyMap<string, string>;
  /** The last run of each shrunk plan, by the scenario's name; a failure without one is told in words only. */
  readonly failures: ReadonlyMap<string, PlayedPlan>;
  /** Where a test played it, and not the command line. */
  readonly test?: TestOrigin;
}

/** What a test does with a failure. */
export interface TestOrigin {
  /** File of the plan that broke, which the test plays first from now on; null where there is no plan. */
  readonly savedAt: string | null;
  /** Where the plan came from that was played once, such as an earlier run; null where this run generated it. */
  readonly source: string | null;
}
