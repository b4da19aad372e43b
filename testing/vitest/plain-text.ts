import type { FailureReport, ScenarioReport } from '../report/campaign-report.ts';
import { describePlan, describeSize } from '../report/describe-plan.ts';
import { laneTrace } from '../report/lane-trace.ts';
import { handlerAdvice } from '../report/model/handler-advice.ts';
import type { PlayedPlan } from '../report/model/played-plan.ts';
import { promiseWords } from '../report/model/promise-words.ts';
import { visibleText } from '../report/model/visible-text.ts';

/** What there is to tell about a failure. */
export interface FailureFacts {
  readonly report: ScenarioReport;
  readonly failure: FailureReport;
  readonly played: PlayedPlan | null;
  readonly seed: number | null;
  readonly source: string | null;
  readonly savedAt: string | null;
  readonly page: string;
}

/** A failure as the message of an error: what broke, how little it takes, what happened, and where to go from there. */
export function plainText({ report, failure, played, seed, source, savedAt, page }: FailureFacts): string {
  const lines = [
    `${headline(failure)} (${circumstances(report, failure, seed, source)})`,
    '',
    visibleText(failure.message, { lines: true }),
  ];
  const advice = played === null ? null : handlerAdvice(played.history, played.violation);
  if (advice !== null) lines.push('', `Likely cause: ${advice.cause}`, `Next: ${advice.next}`);
  if (failure.also !== undefined) lines.push(`The same plan also breaks: ${failure.also.join(', ')}.`);
  if (failure.plan !== null)
    lines.push(
      '',
      `The smallest plan that shows it: ${describeSize(failure.plan)}`,
      ...describePlan(failure.plan).map((line) => `  ${line}`),
    );
  if (played !== null) lines.push('', 'What happened:', ...laneTrace(played.history, played.violation));
  lines.push('', `As a page:    ${page}`);
  if (savedAt !== null) lines.push(`Plan:         ${savedAt}${source === null ? ' (tried first from now on)' : ''}`);
  lines.push(`Again:        ${failure.replayCommand}`);
  return lines.join('\n');
}

function headline({ invariant }: FailureReport): string {
  if (invariant === 'vacuous' || invariant === 'run-failed') return promiseWords(invariant).headline;
  return `"${invariant}" does not hold`;
}

function circumstances(report: ScenarioReport, { plan }: FailureReport, seed: number | null, source: string | null): string {
  if (source !== null) return `in ${source}`;
  return `${plan === null ? `${report.runs} runs` : `in run ${report.runs}`}, seed ${seed}`;
}
