import type { Mark, LaneId } from './mark.ts';
import type { ProgressLine } from './progress-line.ts';

/**
 * A played plan as something to draw: lanes with marks, and for each partition the line of its committed offset. Whoever
 * draws it (page, terminal) adds nothing to what is known.
 */
export interface LaneModel {
  /** In drawing order: the members' lives, then each partition's log and those who worked on it, then the scenario. */
  readonly lanes: readonly LaneId[];
  /** In the order in which they began. */
  readonly marks: readonly Mark[];
  /** One per partition that has a lane. */
  readonly lines: readonly ProgressLine[];
  /** Periods in which a member was alive, or held a partition, by `laneKey`. */
  readonly spans: ReadonlyMap<string, readonly Span[]>;
  readonly violation: { readonly event: number; readonly at: number; readonly topic: string; readonly partition: number };
  /** From the violation to the moment when what it left behind was done after all; null where there is no such time, open-ended without `until`. */
  readonly danger: { readonly fromEvent: number; readonly untilEvent: number | null } | null;
  /** What is not drawn. */
  readonly omitted: { readonly marks: number; readonly lanes: number };
}

/** Indexes of events; `to` is null where it went on to the end. */
export interface Span {
  readonly from: number;
  readonly to: number | null;
  readonly member: string;
}

/** Marks that are drawn at most: those around the violation. */
export const MAX_MARKS = 400;
/** Lanes that are drawn at most: those of the violated partition first. */
export const MAX_LANES = 24;
