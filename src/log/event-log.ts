import type { Clock, Timer } from '../clock.ts';
import { silentLogger } from '../logger.ts';
import type { Logger } from '../logger.ts';
import { LOG_EVENTS } from './log-events.ts';
import type { LogEventName, LogFields } from './log-events.ts';
import { writeEvent } from './write-event.ts';

/** Lines of one kind within this time are written as one, with their number. */
export const FOLD_WINDOW_MS = 10_000;
/** Kinds that are told apart at a time; beyond that the topic and what distinguishes them is left out. */
export const MOST_KINDS = 1_000;

/** Lines that are alike, within one window. */
interface Kind {
  until: number;
  /** Lines that were not written. */
  folded: number;
  /** The last of them. */
  write: ((folded: number) => void) | null;
}

/**
 * Writes log lines with their event's name and level. Where the same thing may happen to every record, lines that are alike
 * are folded: the first is written, then one every ten seconds with how many there were, for as long as it goes on.
 */
export class EventLog {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #kinds = new Map<string, Kind>();
  #timer: Timer | null = null;
  #closed = false;

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  /** One line. */
  write<Event extends LogEventName>(event: Event, fields: LogFields<Event>, message: string): void {
    writeEvent(this.#logger, event, fields, message);
  }

  /** One line, unless lines of this event, topic and `kind` (a reason, the name of an error) were written just now. */
  fold<Event extends LogEventName>(
    event: Event,
    kind: string,
    fields: LogFields<Event> & { readonly topic?: string },
    message: string,
  ): void {
    // Rehearsals are silent, and a timer is an event in them.
    if (this.#logger === silentLogger) return;
    if (this.#closed) {
      this.write(event, fields, message);
      return;
    }
    const now = this.#clock.now();
    const known = this.#windowOf(event, `${event}\u0000${fields.topic ?? ''}\u0000${kind}`, now);
    if (known === null) {
      this.write(event, fields, message);
      return;
    }
    known.folded++;
    known.write = (folded) =>
      this.#logger[LOG_EVENTS[event].level](
        { event, ...fields, folded },
        folded === 1 ? message : `${message} (${folded} times within ${FOLD_WINDOW_MS / 1_000} s)`,
      );
    this.#arm(known.until - now);
  }

  /** Writes what is still folded. Later lines are written as they come. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = null;
    for (const { folded, write } of this.#kinds.values()) if (folded > 0) write?.(folded);
    this.#kinds.clear();
  }

  /** The window that the line falls into; null when it begins one. */
  #windowOf(event: LogEventName, key: string, now: number): Kind | null {
    // There are few events, so their own names are let in beyond the limit.
    for (const each of [key, event]) {
      const known = this.#kinds.get(each);
      if (known !== undefined && (known.until > now || known.folded > 0)) return known;
      this.#kinds.delete(each);
      if (this.#kinds.size >= MOST_KINDS) this.#forgetOld(now);
      if (this.#kinds.size >= MOST_KINDS && each !== event) continue;
      this.#kinds.set(each, { until: now + FOLD_WINDOW_MS, folded: 0, write: null });
      return null;
    }
    return null;
  }

  #forgetOld(now: number): void {
    for (const [key, { until, folded }] of this.#kinds) if (until <= now && folded === 0) this.#kinds.delete(key);
  }

  #arm(delayMs: number): void {
    this.#timer ??= this.#clock.setTimer(Math.max(0, delayMs), () => {
      this.#timer = null;
      this.#unfold();
    });
  }

  #unfold(): void {
    const now = this.#clock.now();
    let next = Infinity;
    for (const [key, kind] of this.#kinds) {
      const { folded, write } = kind;
      if (kind.until <= now && folded === 0) this.#kinds.delete(key);
      if (kind.until <= now && folded > 0) {
        kind.until = now + FOLD_WINDOW_MS;
        kind.folded = 0;
        kind.write = null;
        write?.(folded);
      } else if (folded > 0) next = Math.min(next, kind.until);
    }
    if (next !== Infinity) this.#arm(next - now);
  }
}
