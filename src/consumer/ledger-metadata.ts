import { LedgerWriter } from './durable-ledger.ts';
import type { LedgerClaims } from './ledger-claims.ts';
import type { Ledger } from './ledger.ts';

/** What is written into the commits of one partition in one epoch: what is done above the offset, by this owner and by those before it. */
export class LedgerMetadata {
  readonly #ledger: Ledger;
  readonly #topicId: string | null;
  /** What this owner did not come to yet; null when there is nothing to believe. */
  #claims: LedgerClaims | null;
  #leaderEpoch = -1;
  /** What was made last, and of which state of the ledger. */
  #written: { readonly base: number; readonly completedAbove: number; readonly metadata: string | null } | null = null;

  constructor(ledger: Ledger, options: { readonly topicId: string | null; readonly claims: LedgerClaims | null }) {
    this.#ledger = ledger;
    this.#topicId = options.topicId;
    this.#claims = options.claims;
  }

  get claims(): LedgerClaims | null {
    return this.#claims;
  }

  /** Records of this leader epoch came. */
  sawLeaderEpoch(leaderEpoch: number): void {
    this.#leaderEpoch = leaderEpoch;
    if (this.#claims?.outlives(leaderEpoch) !== false) return;
    this.#claims = null;
    this.#written = null;
  }

  /** Of a commit at `base`, the lowest open record; null when there is nothing above it. */
  at(base: number): string | null {
    const { completedAbove } = this.#ledger;
    if (completedAbove === 0 && this.#claims === null) return null;
    if (this.#written?.base === base && this.#written.completedAbove === completedAbove) return this.#written.metadata;
    const leaderEpoch = Math.max(this.#leaderEpoch, this.#claims?.leaderEpoch ?? -1);
    const writer = new LedgerWriter({ base, topicId: this.#topicId, leaderEpoch: leaderEpoch < 0 ? null : leaderEpoch });
    this.#ledger.completedRuns((first, last) => writer.add({ from: first, to: last + 1 }));
    this.#claims?.remaining((run) => run.to <= base || writer.add({ from: Math.max(run.from, base), to: run.to }));
    const metadata = writer.finish();
    this.#written = { base, completedAbove, metadata };
    return metadata;
  }
}
