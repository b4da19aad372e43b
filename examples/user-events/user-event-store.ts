import type { UserEvent } from './user-event.ts';

/** Where user events go. `busy`: not now, and nothing was changed. */
export interface UserEventStore {
  save(event: UserEvent): Promise<'saved' | 'busy'>;
}

/** A store in memory, for tests and for a first look. */
export class MemoryUserEventStore implements UserEventStore {
  readonly events: UserEvent[] = [];
  /** So many of the next calls find the store busy. */
  busyCalls = 0;

  async save(event: UserEvent): Promise<'saved' | 'busy'> {
    if (this.busyCalls > 0) {
      this.busyCalls -= 1;
      return 'busy';
    }
    this.events.push(event);
    return 'saved';
  }
}
