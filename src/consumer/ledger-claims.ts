import type { OffsetsOfEpoch } from './leader-epochs.ts';

/**
 * What an earlier owner's durable ledger says of records that were not reached yet in this epoch. Asked in offset order, so
 * that an answer costs nothing: what is below the last question is forgotten.
 */
export class LedgerClaims {
  #runs: readonly OffsetsOfEpoch[];
  #next = 0;
  #from = 0;

  constructor(runs: readonly OffsetsOfEpoch[]) {
    this.#runs = runs;
  }

  /** Whether the record at this offset is terminal. Offsets ascend from call to call, and were told to `meets` before. */
  has(offset: number): boolean {
    while (this.#next < this.#runs.length && (this.#runs[this.#next] as OffsetsOfEpoch).to <= offset) this.#next++;
    this.#from = offset + 1;
    const run = this.#runs[this.#next];
    return run !== undefined && run.from <= offset;
  }

  /**
   * The log has what was written in this leader epoch at these offsets: what is claimed there of another epoch was said of
   * other records, and is given up. Answers with that.
   */
  meets({ from, to, leaderEpoch }: OffsetsOfEpoch): readonly OffsetsOfEpoch[] {
    const runs: OffsetsOfEpoch[] = [];
    const givenUp: OffsetsOfEpoch[] = [];
    for (let index = this.#next; index < this.#runs.length; index++) {
      const run = this.#runs[index] as OffsetsOfEpoch;
      if (run.leaderEpoch === leaderEpoch || run.to <= from || run.from >= to) {
        runs.push(run);
        continue;
      }
      givenUp.push({ ...run, from: Math.max(run.from, from), to: Math.min(run.to, to) });
      if (run.from < from) runs.push({ ...run, to: from });
      if (run.to > to) runs.push({ ...run, from: to });
    }
    if (givenUp.length > 0) {
      this.#runs = runs;
      this.#next = 0;
    }
    return givenUp;
  }

  /** What was not asked about yet, lowest first, until `visit` answers false. */
  remaining(visit: (run: OffsetsOfEpoch) => boolean): void {
    for (let index = this.#next; index < this.#runs.length; index++) {
      const { from, to, leaderEpoch } = this.#runs[index] as OffsetsOfEpoch;
      const start = Math.max(from, this.#from);
      if (start < to && !visit({ from: start, to, leaderEpoch })) return;
    }
  }
}
