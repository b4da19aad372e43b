import { AssertionError } from 'node:assert';
import { hasCommitted, hasConsumed, hasProduced, hasRejected, hasSkipped } from './verdicts.ts';
import type {
  CommittedExpectation,
  ProducedExpectation,
  ReasonExpectation,
  RecordExpectation,
  RehearsedStage,
  SkippedExpectation,
  Verdict,
} from './verdicts.ts';

/** Matchers as `expect.extend(matchers)` of Vitest and Jest takes them. */
export interface StageMatcherFunctions {
  readonly toHaveCommitted: (stage: RehearsedStage, expected: CommittedExpectation) => Verdict;
  readonly toHaveConsumed: (stage: RehearsedStage, expected: RecordExpectation) => Verdict;
  readonly toHaveSkipped: (stage: RehearsedStage, expected: SkippedExpectation) => Verdict;
  readonly toHaveRejected: (stage: RehearsedStage, expected: ReasonExpectation) => Verdict;
  readonly toHaveProduced: (stage: RehearsedStage, expected: ProducedExpectation) => Verdict;
}

export const matchers: StageMatcherFunctions = {
  toHaveCommitted: hasCommitted,
  toHaveConsumed: hasConsumed,
  toHaveSkipped: hasSkipped,
  toHaveRejected: hasRejected,
  toHaveProduced: hasProduced,
};

/** What the matchers add to `expect(stage)`, for declarations of a runner's types. */
export interface StageMatchers<Result> {
  /** The broker stores exactly this offset for the partition. */
  toHaveCommitted(expected: CommittedExpectation): Result;
  toHaveConsumed(expected: RecordExpectation): Result;
  toHaveSkipped(expected: SkippedExpectation): Result;
  toHaveRejected(expected: ReasonExpectation): Result;
  /** A record like this was written to the topic by somebody other than the stage. */
  toHaveProduced(expected: ProducedExpectation): Result;
}

/** For any other runner: throws an `AssertionError` unless the verdict is "passed", as in `assertThat(hasCommitted(stage, …))`. */
export function assertThat(verdict: Verdict): void {
  if (!verdict.pass) throw new AssertionError({ message: verdict.message(), stackStartFn: assertThat });
}
