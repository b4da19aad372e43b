import type { FailureReport } from './campaign-report.ts';
import { adviceOn } from './model/handler-advice.ts';
import type { PlayedPlan } from './model/played-plan.ts';
import { planSteps } from './model/plan-steps.ts';
import { promiseWords } from './model/promise-words.ts';
import { stepTime, tellStory } from './model/story.ts';
import { visibleText } from './model/visible-text.ts';

const LEAST_TIME_WIDTH = 9;

/** A failure in plain lines without any mark-up: what broke, what led to it, the plan, how to repeat it. */
export function failureText(failure: FailureReport, played: PlayedPlan | null): readonly string[] {
  const words = promiseWords(failure.invariant);
  const advice = adviceOn(failure.invariant, played);
  return [
    visibleText(failure.message, { lines: true }),
    '',
    `The promise: ${words.rule}`,
    `In production: ${words.consequence}`,
    ...(advice === null ? [] : [`Likely cause: ${advice.cause}`, `Next: ${advice.next}`]),
    ...(played === null ? [] : ['', 'What happened:', ...storyLines(played)]),
    ...(failure.plan === null ? [] : ['', 'The smallest plan that shows it:', ...planLines(failure.plan)]),
    '',
    `Again: ${visibleText(failure.replayCommand)}`,
  ];
}

export function storyLines(played: PlayedPlan): readonly string[] {
  const steps = tellStory(played);
  const width = Math.max(LEAST_TIME_WIDTH, ...steps.map((step) => stepTime(step).length));
  return steps.map((step) => `${step.tone === 'violation' ? '>' : ' '} ${stepTime(step).padStart(width)}  ${step.sentence}`);
}

function planLines(plan: NonNullable<FailureReport['plan']>): readonly string[] {
  const { steps, setting, omitted, ending } = planSteps(plan);
  const lines = steps.map(
    ({ words, aside }, index) => `  ${String(index + 1).padStart(2)}. ${words}${aside === null ? '' : ` (${aside})`}`,
  );
  return [...lines, ...(omitted > 0 ? [`      and ${omitted} more`] : []), `  ${ending}`, `  On ${setting}.`];
}
