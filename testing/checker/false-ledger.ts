import type { EventOf } from './history.ts';
import { NOTHING, watching, type Invariant } from './invariant.ts';
import { readLedgerOf } from './read-ledger.ts';
import { firstRecordFrom } from './open-records.ts';
import type { PartitionState } from './partition-state.ts';
import type { RecordState } from './record-state.ts';
import { describeRecord, partitionName } from './wording.ts';

/** A commit whose metadata claims too much, until it is known whether it was stored. */
interface Suspect {
  readonly partition: PartitionState;
  readonly offset: number;
  readonly metadata: string;
  readonly member: string;
  readonly claimed: readonly RecordState[];
  readonly text: string;
}

/** How many records a message names. */
const MAX_NAMED = 10;

/**
 * What a commit's metadata claims to be done was done when the commit was sent, as the core invariant says it of what stands below
 * the committed offset: whoever is assigned the partition next believes it and never delivers it. It counts once the commit was
 * acknowledged, or once somebody was told that metadata at an assignment. A ledger that belongs to another offset, or that cannot be
 * read, claims nothing; one that was sent so is a defect as well. So is one that names another leader epoch than that in which a record
 * was written: nobody will believe it, or somebody will believe it of another record.
 */
export const falseLedger: Invariant = {
  name: 'false-ledger',
  promise: 'No commit claimed a record above it that was not done.',
  watch(state, judge) {
    if (state.history.settings.process?.durableLedger !== true) return NOTHING;
    const suspects = new Map<number, Suspect>();
    /** Without an answer: it counts when it turns up. By partition. */
    const unanswered = new Map<PartitionState, Suspect[]>();
    const report = ({ partition, offset, member, claimed, text }: Suspect, at: number): void =>
      judge.violated({
        where: partition,
        offsets: claimed.map((record) => record.offset),
        members: [member],
        at,
        message: `${partitionName(partition)}: the commit of offset ${offset} by ${member} ${text}`,
      });
    /** The same was sent rightfully by now: what is stored may be that. */
    const explain = (partition: PartitionState, offset: number, metadata: string): void => {
      const left = unanswered.get(partition)?.filter((suspect) => suspect.offset !== offset || suspect.metadata !== metadata);
      if (left !== undefined) unanswered.set(partition, left);
    };
    return watching(['client-commit-sent', 'client-commit-settled', 'client-assigned'], {
      see(event) {
        if (event.kind === 'client-commit-settled') {
          const suspect = suspects.get(event.commit);
          suspects.delete(event.commit);
          if (suspect === undefined || event.outcome === 'refused') return;
          if (event.outcome === 'acknowledged') report(suspect, event.at);
          else unanswered.set(suspect.partition, [...(unanswered.get(suspect.partition) ?? []), suspect]);
          return;
        }
        if (event.kind !== 'client-assigned' && event.kind !== 'client-commit-sent') return;
        const partition = state.partition(event);
        if (event.kind === 'client-assigned') {
          const stored = unanswered
            .get(partition)
            ?.find(({ offset, metadata }) => offset === event.committedOffset && metadata === event.committedMetadata);
          unanswered.delete(partition);
          if (stored !== undefined) report(stored, event.at);
          return;
        }
        if (event.metadata === undefined) return;
        judge.evaluated();
        const suspect = suspectOf(partition, event, event.metadata);
        if (suspect !== null) suspects.set(event.commit, suspect);
        else explain(partition, event.offset, event.metadata);
      },
    });
  },
};

function suspectOf(partition: PartitionState, { offset, member }: EventOf<'client-commit-sent'>, metadata: string): Suspect | null {
  const suspect = { partition, offset, metadata, member };
  const ledger = readLedgerOf(metadata);
  if (ledger === null || ledger.base !== offset)
    return {
      ...suspect,
      claimed: [],
      text: 'carries a ledger that nobody can read, or that belongs to another offset: after a crash that work is done again.',
    };
  const claimed: RecordState[] = [];
  const misdated: RecordState[] = [];
  for (const { from, to, leaderEpoch } of ledger.runs) {
    for (let index = firstRecordFrom(partition, from); index < partition.records.length; index += 1) {
      const record = partition.records[index];
      if (record === undefined || record.offset >= to) break;
      if (!record.terminal && !record.removed) claimed.push(record);
      if (record.leaderEpoch !== null && record.leaderEpoch !== leaderEpoch) misdated.push(record);
    }
  }
  const [first] = claimed;
  if (first === undefined) return misdated.length === 0 ? null : { ...suspect, ...namesAnotherEpoch(misdated) };
  const others = claimed.length > 1 ? ` and ${claimed.length - 1} more` : '';
  return {
    ...suspect,
    claimed: claimed.slice(0, MAX_NAMED),
    text: `claims ${describeRecord(first)}${others} as done. Whoever is assigned the partition next believes it: what was not done is lost.`,
  };
}

function namesAnotherEpoch(misdated: readonly RecordState[]): Pick<Suspect, 'claimed' | 'text'> {
  const [{ offset, leaderEpoch }] = misdated as [RecordState];
  return {
    claimed: misdated.slice(0, MAX_NAMED),
    text: `claims record ${offset} as of another leader epoch than ${leaderEpoch}, in which it was written. Whoever is assigned the partition next takes it for another record: work is done twice, or not at all.`,
  };
}
