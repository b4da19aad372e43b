import type { Holding } from './holding.ts';
import type { PartitionState } from './partition-state.ts';
import type { RecordState } from './record-state.ts';

/** A call of a handler that has not ended. */
export interface RunningCall {
  readonly call: number;
  readonly member: string;
  readonly partition: PartitionState;
  readonly record: RecordState;
  /** The holding in which it was delivered; null when the member held nothing then. */
  readonly holding: Holding | null;
  readonly startedAt: number;
  /** Records that were handed over together have one. */
  readonly unit: number;
  /** It hangs, and somebody wants its lanes to go on beside it. */
  isOvertaken: boolean;
  /** The record was delivered again in the same holding, by the option that lets a lane go on beside a call that hangs. */
  superseded: boolean;
  /** Its failure was counted when its deadline had passed, and then somebody had all counts begin anew. */
  isDiscounted: boolean;
}
