import type { OffsetRun } from './durable-ledger.ts';

/**
 * What an earlier owner's durable ledger says of records that were not reached yet in this epoch. Asked in offset order, so
 * that an answer costs nothing: what is below the last question is forgotten.
 */
export class LedgerClaims {
  readonly #runs: readonly OffsetRun[];
  /** Highest leader epoch of what is claimed; null when it is not known. */
  readonly leaderEpoch: number | null;
  #next = 0;
  #from = 0;

  constructor(runs: readonly OffsetRun[], leaderEpoch: number | null) {
    this.#runs = runs;
    this.leaderEpoch = leaderEpoch;
  }

  /** Whether the record at this offset is terminal. Offsets ascend from call to call. */
  has(offset: number): boolean {
    while (this.#next < this.#runs.length && (this.#runs[this.#next] as OffsetRun).to <= offset) this.#next++;
    this.#from = offset + 1;
    const run = this.#runs[this.#next];
    return run !== undefined && run.from <= offset;
  }

  /**
   * Whether records of a log whose leader epoch went up to this may be those that were claimed. Leader epochs ascend with the
   * offsets of a log, so a record of a later epoch means that all above it were written after the ledger.
   */
  outlives(leaderEpoch: number): boolean {
    return this.leaderEpoch === null || leaderEpoch <= this.leaderEpoch;
  }

  /** What was not asked about yet, lowest first, until `visit` answers false. */
  remaining(visit: (run: OffsetRun) => boolean): void {
    for (let index = this.#next; index < this.#runs.length; index++) {
      const { from, to } = this.#runs[index] as OffsetRun;
      const start = Math.max(from, this.#from);
      if (start < to && !visit({ from: start, to })) return;
    }
  }
}
