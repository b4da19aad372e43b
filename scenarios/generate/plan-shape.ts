import type { Arbitrary } from 'fast-check';
import type { FaultKind } from '../../testing/fault.ts';
import type { PlanValue } from '../../testing/scenario/plan.ts';

/** A message as generated: the plan's fields of a produce operation. */
export interface GeneratedMessage {
  readonly key: string | null;
  readonly value: PlanValue;
  readonly headers?: readonly (readonly [name: string, value: PlanValue])[];
}

/** What kind of plans to generate. Plain data but for the messages. */
export interface PlanShape {
  readonly scenario: string;
  /** Names of topics; each plan uses one or more of them. */
  readonly topics: readonly string[];
  /** Messages by topic; without an entry, short texts with a few keys. */
  readonly messages: Readonly<Record<string, Arbitrary<GeneratedMessage>>>;
  /** Null values in place of one message in eight. */
  readonly tombstones: boolean;
  /** Scripts that end in Reject; not for handlers with a mind of their own. */
  readonly rejects: boolean;
  /** Names of members besides the first, which join and leave at any time. */
  readonly otherMembers: readonly string[];
  readonly crashes: boolean;
  readonly faults: readonly FaultKind[];
  /** Groups that start at the end of the log as well. */
  readonly latest: boolean;
  /** `real`: waits and slow handlers are short. */
  readonly time: 'virtual' | 'real';
  readonly sessionTimeoutMs: number;
  readonly maxOps: number;
  /** Other orders of what happens at the same time; in virtual time. Default false. */
  readonly choices?: boolean;
  /** Options of handlers and processes: most plans have few of them, some none. Default false. */
  readonly options?: boolean;
  /** In some plans somebody pauses and resumes by hand, and sends records of halted lanes to the dead letters. Default false. */
  readonly byHand?: boolean;
  /** See the plan's configuration. */
  readonly replicationFactor?: number;
}
