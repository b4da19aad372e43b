/** More are not told apart: the last one kept then stands for all that follow it. */
const MOST_BATCHES = 1_000;

/** When the records that may still be open were accepted: one entry for each batch, until a commit passes it. */
export class AcceptedBatches {
  #batches: { nextOffset: number; readonly at: number }[] = [];

  accepted(nextOffset: number, at: number): void {
    const last = this.#batches.at(-1);
    if (last !== undefined && this.#batches.length >= MOST_BATCHES) last.nextOffset = nextOffset;
    else this.#batches.push({ nextOffset, at });
  }

  committed(offset: number): void {
    const open = this.#batches.findIndex(({ nextOffset }) => nextOffset > offset);
    if (open !== 0) this.#batches = open === -1 ? [] : this.#batches.slice(open);
  }

  /** When the record at this offset was accepted, in the observations' milliseconds; null when it was not. */
  acceptedAt(offset: number): number | null {
    return this.#batches.find(({ nextOffset }) => nextOffset > offset)?.at ?? null;
  }
}
