import type { SoakOrdering } from './soak-plan.ts';

/** Defects that can be planted into the members, to see that the soak catches them. */
export const SOAK_DEFECTS = {
  'commits-one-too-far': 'every commit that goes to the broker is one offset higher than what the runtime asked for',
  'skips-are-done': 'a Skip is taken for a Consume',
  'keeps-no-order': 'records are handled in no order, whatever order was promised',
} as const;
export type SoakDefect = keyof typeof SOAK_DEFECTS;

/** What one process of a member is told, as JSON in its last argument. */
export interface MemberLife {
  /** Of this life, such as `m2#3`. */
  readonly name: string;
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly groupId: string;
  readonly ordering: SoakOrdering;
  /** Handler calls at once, where the order allows several. */
  readonly concurrency: number;
  readonly sessionTimeoutMs: number;
  /** The run's zero on the machine's monotonic clock, which all of its processes share, in milliseconds. */
  readonly zeroMs: number;
  /** The file that its evidence goes to. */
  readonly evidence: string;
  readonly defect: SoakDefect | null;
}

/** Milliseconds of the machine's monotonic clock, the same in all of its processes (CLOCK_MONOTONIC on Linux). */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
