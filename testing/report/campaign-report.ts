import type { ViolationName } from '../checker/violation.ts';
import type { Plan } from '../scenario/plan.ts';
import type { Counts } from './counts.ts';

/** What `--json` prints: one object, the same for every long command. */
export interface CampaignReport {
  readonly passed: boolean;
  readonly seed: number;
  readonly durationMs: number;
  readonly scenarios: readonly ScenarioReport[];
  readonly skipped: readonly { readonly name: string; readonly transport: TransportName; readonly reason: string }[];
}

export type TransportName = 'memory' | 'wire' | 'kafkajs';

export interface ScenarioReport {
  readonly name: string;
  readonly transport: TransportName;
  readonly runs: number;
  readonly passed: boolean;
  /** Of all its runs together: the same seed on the same code gives the same. Null on real Kafka, which follows no seed. */
  readonly traceHash: string | null;
  readonly counts: Counts;
  readonly failure?: FailureReport;
}

/**
 * `vacuous`: nothing broke, but something that the scenario must show never happened, so it proves nothing.
 * `run-failed`: the run itself could not be made.
 */
export type FailureName = ViolationName | 'vacuous' | 'run-failed';

export interface FailureReport {
  readonly invariant: FailureName;
  /** Plain words. */
  readonly message: string;
  /** Null where no single plan is at fault. */
  readonly plan: Plan | null;
  readonly replayCommand: string;
  /** What else the plan breaks. */
  readonly also?: readonly ViolationName[];
}
