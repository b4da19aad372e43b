import type { HistoryEvent } from './history.ts';
import type { CheckerState } from './checker-state.ts';
import type { PartitionState } from './partition-state.ts';
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
  /** The events that it looks at, each once; it is shown no others. */
  readonly kinds: readonly HistoryEvent['kind'][];
  /** The state is as it was before this event. */
  readonly see?: (event: HistoryEvent) => void;
  /** The state has taken this event in. */
  readonly saw?: (event: HistoryEvent) => void;
  /** Before `see`, and also where the log was replaced: what an event says of its member alone. */
  readonly always?: (event: HistoryEvent) => void;
  /** After the last event. */
  readonly end?: () => void;
}

type Of<Kind> = HistoryEvent & { readonly kind: Kind };

/** For an invariant that has nothing to judge in this history. */
export const NOTHING: Watch = { kinds: [] };

/** A watch of these kinds of events: the compiler refuses one that goes by another. */
export function watching<const Kind extends HistoryEvent['kind']>(
  kinds: readonly Kind[],
  watch: { see?(event: Of<Kind>): void; saw?(event: Of<Kind>): void; always?(event: Of<Kind>): void; end?(): void },
): Watch {
  return { kinds, ...(watch as Omit<Watch, 'kinds'>) };
}

/** One promise. Pure and linear: state of its own per history, one look at each event. */
export interface Invariant {
  readonly name: InvariantName;
  /** The promise in plain words, as the summary of a run that held says it. */
  readonly promise: string;
  watch(state: CheckerState, judge: Judge): Watch;
}
