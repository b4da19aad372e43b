import type { TransportBatch } from '../transport.ts';
import { LedgerWriter } from './durable-ledger.ts';
import type { LeaderEpochs, OffsetsOfEpoch } from './leader-epochs.ts';
import type { LedgerClaims } from './ledger-claims.ts';
import type { Ledger } from './ledger.ts';

export interface LedgerMetadataOptions {
  readonly topicId: string | null;
  /** What this owner did not come to yet; null when there is nothing to believe. */
  readonly claims: LedgerClaims | null;
  readonly leaderEpochs: LeaderEpochs;
}

/** What is written into the commits of one partition in one epoch: what is done above the offset, by this owner and by those before it. */
export class LedgerMetadata {
  readonly claims: LedgerClaims | null;
  readonly #ledger: Ledger;
  readonly #topicId: string | null;
  readonly #leaderEpochs: LeaderEpochs;
  /** What was made last, and of which state of the ledger. */
  #written: { readonly base: number; readonly completedAbove: number; readonly metadata: string | null } | null = null;

  constructor(ledger: Ledger, { topicId, claims, leaderEpochs }: LedgerMetadataOptions) {
    this.#ledger = ledger;
    this.#topicId = topicId;
    this.claims = claims;
    this.#leaderEpochs = leaderEpochs;
  }

  /**
   * The ledger and the leader epochs have taken this batch in; none of its records was asked about yet. True when it has
   * records where others were claimed: somebody wrote over those.
   */
  accepted({ fetchedFrom, nextOffset, records }: TransportBatch): boolean {
    const { claims } = this;
    if (claims === null) return false;
    const givenUp: OffsetsOfEpoch[] = [];
    // What was written down already stays true: it says of which epoch each claim is.
    this.#leaderEpochs.parts(fetchedFrom, nextOffset, (part) => {
      givenUp.push(...claims.meets(part));
      return true;
    });
    // Where the log has none, as after compaction, nothing was lost and nothing is delivered.
    return givenUp.some(({ from, to }) => records.some(({ offset }) => offset >= from && offset < to));
  }

  /** Of a commit at `base`, the lowest open record; null when there is nothing above it. */
  at(base: number): string | null {
    const { completedAbove } = this.#ledger;
    if (completedAbove === 0 && this.claims === null) return null;
    if (this.#written?.base === base && this.#written.completedAbove === completedAbove) return this.#written.metadata;
    const writer = new LedgerWriter({ base, topicId: this.#topicId });
    this.#ledger.completedRuns((first, last) => this.#leaderEpochs.parts(first, last + 1, (part) => writer.add(part)));
    this.claims?.remaining((run) => run.to <= base || writer.add({ ...run, from: Math.max(run.from, base) }));
    const metadata = writer.finish();
    this.#written = { base, completedAbove, metadata };
    return metadata;
  }
}
