import type { FailureName } from '../report/campaign-report.ts';
import type { Plan } from '../scenario/plan.ts';

/** A scenario broke a promise, or proved nothing. Its message says all that a person needs. */
export class ScenarioFailure extends Error {
  override readonly name = 'ScenarioFailure';
  readonly invariant: FailureName;
  readonly plan: Plan | null;
  /** What a test runner compares, where the failure is a difference. */
  readonly expected?: unknown;
  readonly actual?: unknown;

  constructor(
    message: string,
    about: {
      readonly invariant: FailureName;
      readonly plan: Plan | null;
      /** What an invariant of the user's threw. */
      readonly cause: unknown;
      /** The line of a stack where the scenario stands. */
      readonly definedAt: string | null;
    },
  ) {
    const { cause } = about;
    const isDifference = cause instanceof Error && cause.name === 'UnlikeCalm';
    super(message, cause === undefined || isDifference ? undefined : { cause });
    this.invariant = about.invariant;
    this.plan = about.plan;
    if (isDifference) {
      const { expected, actual } = cause as { readonly expected?: unknown; readonly actual?: unknown };
      this.expected = expected;
      this.actual = actual;
    }
    // Not where this package noticed it, but where the scenario is.
    this.stack = `${this.name}: ${message}${about.definedAt === null ? '' : `\n${about.definedAt}`}`;
  }
}
