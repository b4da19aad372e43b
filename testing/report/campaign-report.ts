import type { ViolationName } from '../checker/violation.ts';
import type { FaultKind } from '../fault.ts';
import type { Plan } from '../scenario/plan.ts';
import type { Counts, NumberCount } from './counts.ts';

/** What `--json` prints: one object, the same for every long command. */
export interface CampaignReport {
  readonly passed: boolean;
  readonly seed: number;
  readonly durationMs: number;
  /** The part of the campaign that was played, from 1; left out where it was all of it. */
  readonly shard?: { readonly index: number; readonly count: number };
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
  /** What the shards together must have shown; only in the report of a shard. */
  readonly demands?: Demands;
  /** A run did not do the same thing twice, or a handler did real I/O: plain words. Left out where none was found. */
  readonly uncontrolled?: string;
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
  /** The number of the run that broke first, from 0. Left out where no single run is at fault. */
  readonly run?: number;
  /** What else the plan breaks. */
  readonly also?: readonly ViolationName[];
}

/** What runs must have shown, else they prove nothing; see the scenario's definition. Plain data. */
export interface Demands {
  readonly mustSee: readonly (NumberCount | 'faults')[];
  readonly mustFire?: readonly FaultKind[];
  readonly facts?: readonly string[];
}
