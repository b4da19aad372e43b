import type { Mark, LaneId } from './mark.ts';
import type { ProgressLine } from './progress-line.ts';
import type { RiskWindow } from './risk-window.ts';

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
  readonly danger: RiskWindow | null;
  /** The mark that belongs into view together with the violation, by its event: the last call with a record that it is about. */
  readonly lead: number | null;
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
