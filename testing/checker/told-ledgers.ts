import type { EventOf, Where } from './history.ts';
import { believable, disbelieve } from './ownership.ts';
import { claims, type ReadLedger } from './read-ledger.ts';
import { partitionName } from './wording.ts';

interface Told {
  readonly epoch: number;
  readonly committedOffset: number | null;
  ledger: ReadLedger | null;
}

/**
 * What each member may take for done, by the metadata that its assignment began with and by what it was told since of the log: of a
 * topic that was made again or of records that an unclean leader wrote over, nothing. It goes by what crossed the member's own
 * boundary and by nothing else, so that it stands where the log was replaced too, which is where it matters.
 */
export class ToldLedgers {
  readonly #told = new Map<string, Told>();

  assigned(event: EventOf<'client-assigned'>): void {
    const { epoch, committedOffset } = event;
    this.#told.set(keyOf(event), { epoch, committedOffset, ledger: believable(event) });
  }

  fetched(event: EventOf<'client-batch'>): void {
    const told = this.#of(event);
    if (told !== null && event.accepted && event.leaderEpochs !== undefined) disbelieve(told, event.leaderEpochs, event.nextOffset);
  }

  /** Null where the assignment is over: nothing that is said of it counts. */
  isDone(where: Where & { readonly member: string; readonly epoch: number; readonly offset: number }): boolean | null {
    const told = this.#of(where);
    return told === null ? null : claims(told.ledger, told.committedOffset ?? -1, where.offset);
  }

  #of(where: Where & { readonly member: string; readonly epoch: number }): Told | null {
    const told = this.#told.get(keyOf(where));
    return told?.epoch === where.epoch ? told : null;
  }
}

function keyOf(where: Where & { readonly member: string }): string {
  return `${where.member} ${partitionName(where)}`;
}
