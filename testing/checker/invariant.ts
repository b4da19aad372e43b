import type { HistoryEvent } from './history.ts';
import type { CheckerState, PartitionState } from './state.ts';
import type { InvariantName } from './violation.ts';

/** What an invariant reports through: how often it was evaluated, and what it found. */
export interface Judge {
  /** One thing was judged; an invariant that judged nothing proves nothing. */
  evaluated(): void;
  violated(found: {
    readonly where: Pick<PartitionState, 'topic' | 'partition'>;
    readonly offsets: readonly number[];
    readonly members: readonly string[];
    readonly at: number;
    readonly message: string;
  }): void;
}

/** Watches one history from its first event to its last. */
export interface Watch {
  /** The state is as it was before this event. */
  see?(event: HistoryEvent): void;
  /** The state has taken this event in. */
  saw?(event: HistoryEvent): void;
  /** After the last event. */
  end?(): void;
}

/** One promise. Pure and linear: state of its own per history, one look at each event. */
export interface Invariant {
  readonly name: InvariantName;
  /** The promise in plain words, as the summary of a run that held says it. */
  readonly promise: string;
  watch(state: CheckerState, judge: Judge): Watch;
}
