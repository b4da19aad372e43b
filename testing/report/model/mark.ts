import type { CallOutcome } from '../../checker/history.ts';

/** What happened: one thing that a reader can look at. A call and a commit last from one event to another, the rest are moments. */
export type Happening =
  /** A record was written. */
  | { readonly kind: 'written'; readonly offset: number; readonly tombstone: boolean }
  /** The handler was called with a record. `unanswered`: its process died, or the run ended first. `isLate`: the assignment had ended before the answer came, so it counts for nothing. */
  | {
      readonly kind: 'call';
      readonly offset: number;
      readonly attempt: number;
      readonly outcome: CallOutcome | 'unanswered';
      readonly isLate: boolean;
    }
  | { readonly kind: 'commit'; readonly offset: number; readonly outcome: 'acknowledged' | 'refused' | 'unknown' | 'unanswered' }
  /** The subject itself writes, such as a dead letter. */
  | { readonly kind: 'send'; readonly messages: number; readonly outcome: 'acknowledged' | 'refused' | 'unknown' | 'unanswered' }
  | { readonly kind: 'batch'; readonly from: number; readonly to: number; readonly accepted: boolean }
  | { readonly kind: 'assigned' | 'revoked' | 'lost' }
  | { readonly kind: 'started' | 'stopping' | 'stopped' | 'crashed' }
  /** A fault is armed: it waits for something to meet. Or it meets something; or it is over. */
  | { readonly kind: 'fault' }
  /** The trouble is over; the run is over. */
  | { readonly kind: 'calm' | 'ended' }
  /** Retention removed records. */
  | { readonly kind: 'removed'; readonly offset: number }
  /** The broker was seen to store this offset. */
  | { readonly kind: 'stored'; readonly offset: number | null }
  /** The runtime reported something out of the ordinary. */
  | { readonly kind: 'notice' }
  | { readonly kind: 'other' };

export interface Mark {
  /** Index of its first event in the history; unique among the marks. */
  readonly event: number;
  /** Index of the event that ends it, where it lasts and has ended. */
  readonly untilEvent: number | null;
  /** Milliseconds of the venue's clock. */
  readonly at: number;
  readonly until: number | null;
  readonly lane: LaneId;
  readonly what: Happening;
  /** The incarnation, such as `a#1`; null where no member is concerned. */
  readonly member: string | null;
  /** One sentence in plain words. */
  readonly sentence: string;
  /** What else is known, as pairs of name and value. */
  readonly details: readonly (readonly [name: string, value: string])[];
  /** The promise broke here. */
  readonly violates: boolean;
}

/**
 * Where a mark is drawn: `scenario` (faults and phases), the life of a member, the log of a partition, or a member's work
 * on a partition. Members by their name without the incarnation: the lives of one follow each other in one lane.
 */
export type LaneId =
  | { readonly kind: 'scenario' }
  | { readonly kind: 'member'; readonly member: string }
  | { readonly kind: 'log'; readonly topic: string; readonly partition: number }
  | { readonly kind: 'work'; readonly topic: string; readonly partition: number; readonly member: string };

export function laneKey(lane: LaneId): string {
  switch (lane.kind) {
    case 'scenario':
      return 'scenario';
    case 'member':
      return `member ${lane.member}`;
    case 'log':
      return `log ${lane.topic} ${lane.partition}`;
    case 'work':
      return `work ${lane.topic} ${lane.partition} ${lane.member}`;
  }
}

/** `a` of `a#2`. */
export function memberName(incarnation: string): string {
  const at = incarnation.lastIndexOf('#');
  return at <= 0 ? incarnation : incarnation.slice(0, at);
}
