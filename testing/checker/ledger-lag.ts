import type { EventOf } from './history.ts';
import { NOTHING, watching, type Invariant } from './invariant.ts';
import { claims, readLedgerOf } from './read-ledger.ts';
import type { Holding } from './holding.ts';
import { isValid } from './ownership.ts';
import type { PartitionState } from './partition-state.ts';
import { partitionName } from './wording.ts';

/** Metadata of so many characters may have had no room for more. */
const FULL = 3_400;

/** Done in one holding behind something open, and in no acknowledged commit yet: since when, by offset, the oldest first. */
interface Owed {
  readonly holding: Holding;
  readonly since: Map<number, number>;
}

/**
 * The opposite of `false-ledger`, so that a ledger that claims nothing does not pass: what is done behind an open record is claimed by
 * an acknowledged commit within `commitLagMs`, as long as the partition stays with its owner and no commit fails meanwhile. For as many
 * records as fit into the metadata.
 */
export const ledgerLag: Invariant = {
  name: 'ledger-lag',
  promise: 'What was done behind an open record was written down in time: a restart does not repeat it.',
  watch(state, judge) {
    const { process, commitLagMs } = state.history.settings;
    if (process?.durableLedger !== true) return NOTHING;
    const books = new Map<PartitionState, Owed>();
    const sent = new Map<number, EventOf<'client-commit-sent'>>();
    const reported = new Set<PartitionState>();
    /** Where the call that has just ended began. */
    let answeredIn: Holding | null = null;
    const bookOf = (partition: PartitionState): Owed | null => {
      const { owner } = partition;
      if (owner === null || !owner.active) {
        books.delete(partition);
        return null;
      }
      let book = books.get(partition);
      if (book?.holding !== owner) books.set(partition, (book = { holding: owner, since: new Map<number, number>() }));
      return book ?? null;
    };
    const check = (partition: PartitionState, at: number): void => {
      const book = bookOf(partition);
      const [oldest] = book?.since ?? [];
      if (
        oldest === undefined ||
        at - oldest[1] <= commitLagMs ||
        reported.has(partition) ||
        book === null ||
        state.membersWithoutLedger.has(book.holding.member)
      )
        return;
      reported.add(partition);
      judge.violated({
        where: partition,
        offsets: [oldest[0]],
        members: [book.holding.member],
        at,
        message:
          `${partitionName(partition)}: record ${oldest[0]} has been done for ${Math.round(at - oldest[1])} ms behind an open one, and no acknowledged commit says so. ` +
          'After a crash it is done a second time.',
      });
    };
    const restart = (at: number): void => {
      for (const { since } of books.values()) for (const offset of since.keys()) since.set(offset, at);
    };
    return watching(
      ['call-ended', 'client-produce-settled', 'client-commit-sent', 'client-commit-settled', 'fault', 'ended', 'committed'],
      {
        see(event) {
          if (event.kind === 'call-ended') answeredIn = state.runningCalls.get(event.call)?.holding ?? null;
        },
        saw(event) {
          switch (event.kind) {
            case 'call-ended': {
              const partition = state.partition(event);
              const record = partition.byOffset.get(event.offset);
              const book = bookOf(partition);
              if (record === undefined || book === null || book.holding.member !== event.member) return;
              const isHere = record.terminal && record.terminalMember === event.member && record.terminalEpoch === book.holding.epoch;
              if (!record.terminal) book.since.delete(event.offset);
              // A late answer of a call that was overtaken, or of an earlier assignment, says nothing new.
              else if (isHere && answeredIn === book.holding && event.outcome !== 'failed' && isValid(partition, book.holding))
                book.since.set(event.offset, event.at);
              check(partition, event.at);
              return;
            }
            case 'client-commit-sent':
              sent.set(event.commit, event);
              return;
            case 'client-commit-settled': {
              const commit = sent.get(event.commit);
              sent.delete(event.commit);
              if (event.outcome !== 'acknowledged') restart(event.at);
              else if (commit !== undefined) settle(commit);
              return;
            }
            case 'fault':
              return restart(event.at);
            case 'ended':
              for (const partition of state.partitions) check(partition, event.at);
              return;
            case 'committed':
              return check(state.partition(event), event.at);
            case 'client-produce-settled':
              return;
          }
        },
      },
    );

    function settle(commit: EventOf<'client-commit-sent'>): void {
      const partition = state.partition(commit);
      const book = bookOf(partition);
      if (book === null || book.holding.member !== commit.member || book.holding.epoch !== commit.epoch) return;
      const ledger = readLedgerOf(commit.metadata);
      // What did not fit is delivered again, and nobody promised otherwise.
      const isFull = (commit.metadata?.length ?? 0) >= FULL;
      for (const offset of book.since.keys()) {
        if (!isFull && offset >= commit.offset && !claims(ledger, commit.offset, offset)) continue;
        book.since.delete(offset);
        judge.evaluated();
      }
    }
  },
};
