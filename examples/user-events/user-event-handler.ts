import { consume, MessageHandler, reject, skip } from 'kafka-rehearsal';
import type { Action, HandlerContext } from 'kafka-rehearsal';
import { userEvent } from './user-event.ts';
import type { UserEvent } from './user-event.ts';
import type { UserEventStore } from './user-event-store.ts';

const THIRTY_DAYS_MS = 30 * 24 * 60 * 60 * 1_000;

/**
 * Saves user events. What is no JSON or no user event is rejected before `handle` is called; tombstones are consumed.
 *
 * An event that is too old is rejected and never skipped: it will never be good, and a skipped record comes again for
 * ever and holds up its partition. Skip is for what passes, such as a busy store.
 */
export class UserEventHandler extends MessageHandler<unknown, UserEvent, 'consume'> {
  readonly topic = 'user-events';
  override readonly schema = userEvent;
  override readonly tombstones = 'consume';
  override readonly retry = { initialDelayMs: 500, maxDelayMs: 60_000 };
  readonly #store: UserEventStore;

  constructor(store: UserEventStore) {
    super();
    this.#store = store;
  }

  readonly handle = async (event: UserEvent, { clock }: HandlerContext): Promise<Action> => {
    // The context's clock, not Date.now(): in a rehearsal time is virtual.
    if (clock.now() - event.timestamp > THIRTY_DAYS_MS) return reject('too-old');
    const outcome = await this.#store.save(event);
    return outcome === 'busy' ? skip('store busy') : consume();
  };
}
