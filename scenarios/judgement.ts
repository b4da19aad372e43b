import type { PlanResult } from './run-plan.ts';
import type { OwnJudgement } from './scenario-definition.ts';

/** What a scenario found by itself says more than that something was late or never came to an end. */
const LEAST_TELLING: readonly string[] = ['commit-lag', 'stuck'];

/** The result with what the scenario itself found in it. */
export function withJudgement(result: PlanResult, own: OwnJudgement): PlanResult {
  const { violations } = result.verdict;
  const telling = violations.filter(({ invariant }) => !LEAST_TELLING.includes(invariant));
  const rest = violations.filter(({ invariant }) => LEAST_TELLING.includes(invariant));
  return {
    ...result,
    verdict: { ...result.verdict, violations: [...telling, ...own.violations, ...rest] },
    counts: { ...result.counts, ownChecks: own.checks, facts: own.facts },
  };
}
