import type { TransportBatch } from '../transport.ts';

/**
 * In which leader epochs the records of one partition were written, from the lowest open one up to the position. One entry
 * for each change of the leader within that window, so that there is hardly ever a second one.
 */
export class LeaderEpochs {
  readonly #starts: { readonly from: number; readonly leaderEpoch: number | null }[] = [];
  #highest = -1;

  /** The epoch in which a batch goes back behind what was seen: then it is of another log. Null when it does not. */
  goesBackTo({ leaderEpochs }: TransportBatch): number | null {
    let highest = this.#highest;
    for (const { leaderEpoch } of leaderEpochs) {
      if (leaderEpoch < 0) continue;
      if (leaderEpoch < highest) return leaderEpoch;
      highest = leaderEpoch;
    }
    return null;
  }

  get highest(): number {
    return this.#highest;
  }

  /** A batch was accepted. What lies below `lowestOpen` is not asked for any more. */
  accepted({ fetchedFrom, leaderEpochs }: TransportBatch, lowestOpen: number): void {
    if ((leaderEpochs[0]?.from ?? Infinity) > fetchedFrom) this.#begin(fetchedFrom, null);
    for (const { from, leaderEpoch } of leaderEpochs) {
      this.#begin(Math.max(from, fetchedFrom), leaderEpoch < 0 ? null : leaderEpoch);
      this.#highest = Math.max(this.#highest, leaderEpoch);
    }
    while (this.#starts.length > 1 && (this.#starts[1] as { from: number }).from <= lowestOpen) this.#starts.shift();
  }

  /** The offsets `from` ≤ offset < `to` in parts of one epoch each, lowest first, until `visit` answers false. */
  parts(from: number, to: number, visit: (part: OffsetsOfEpoch) => boolean): boolean {
    let start = from;
    for (let index = 0; index < this.#starts.length && start < to; index++) {
      const end = Math.min(to, this.#starts[index + 1]?.from ?? Infinity);
      if (end <= start) continue;
      if (!visit({ from: start, to: end, leaderEpoch: (this.#starts[index] as { leaderEpoch: number | null }).leaderEpoch })) return false;
      start = end;
    }
    return true;
  }

  #begin(from: number, leaderEpoch: number | null): void {
    if (this.#starts.at(-1)?.leaderEpoch !== leaderEpoch) this.#starts.push({ from, leaderEpoch });
  }
}

/** Offsets `from` ≤ offset < `to`, all of one leader epoch; null where it is not known. */
export interface OffsetsOfEpoch {
  readonly from: number;
  readonly to: number;
  readonly leaderEpoch: number | null;
}
