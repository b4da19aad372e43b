import type { Plan } from '../../testing/scenario/plan.ts';
import type { Counts } from '../../testing/report/counts.ts';
import type { PlanResult } from '../run-plan.ts';

/** Some runs of a scenario, played one after the other, up to the first that breaks. */
export interface BatchRequest {
  /** The name of the scenario. */
  readonly scenario: string;
  /** Numbers of runs, ascending. */
  readonly runs: readonly number[];
}

/** Plain data, but for `result`: it crosses threads. */
export interface BatchResult {
  /** How many were played, the one that broke included. */
  readonly played: number;
  readonly counts: Counts;
  /** See `TraceSum`; of the runs played. */
  readonly traceSum: string;
  /** The run that broke, which ends the batch. */
  readonly broken: BrokenRun | null;
  /** The first run that did not do the same twice, or did real I/O, in plain words; null where none was found. */
  readonly uncontrolled: string | null;
  /** What was seen for the first time in this batch, by run; empty unless asked for. */
  readonly discoveries: readonly Discovery[];
}

export interface BrokenRun {
  readonly run: number;
  /** Why the run could not be made; null where a promise was broken. */
  readonly error: RunError | null;
  /** The plan where one was drawn. */
  readonly plan: Plan | null;
  /** Only from this thread: a worker tells the number, and its run is made again here. */
  readonly result?: PlanResult;
}

/** An error as it crosses threads. */
export interface RunError {
  readonly message: string;
  readonly code: string | null;
  /** The error itself; only from this thread. */
  readonly thrown?: unknown;
}

export interface Discovery {
  readonly run: number;
  readonly features: readonly string[];
}

/** Plays batches: this thread, or several workers. */
export interface BatchPlayer {
  /** Runs in a batch. */
  readonly batchSize: number;
  /** Batches that are given out at once. */
  readonly concurrency: number;
  play(request: BatchRequest): Promise<BatchResult>;
}
