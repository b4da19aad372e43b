import type { HistoryEvent } from '../checker/history.ts';

/** An event before it is dated. */
export type UndatedEvent = HistoryEvent extends infer Event ? (Event extends unknown ? Omit<Event, 'at'> : never) : never;

/** Writes the witnesses' words down in one order. One per run. */
export class HistoryRecorder {
  readonly events: HistoryEvent[] = [];
  /** Told of every event, after it was written down. */
  onEvent: (event: HistoryEvent) => void = () => {};
  readonly #now: () => number;
  #lastId = 0;

  /** `now`: milliseconds of the venue's clock. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes the event over, which is nobody else's: it is dated in place. */
  record(event: UndatedEvent): void {
    const dated = event as HistoryEvent;
    (dated as { at: number }).at = this.#now();
    this.events.push(dated);
    this.onEvent(dated);
  }

  /** A number that no other call or commit of this run has. */
  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }
}
