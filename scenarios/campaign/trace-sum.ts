const BITS = 64;

/**
 * The trace hash of many runs together: the sum of what each run's number and hash make. A sum, so that runs may end in any
 * order, on any worker, and shards add up to the hash of the whole campaign.
 */
export class TraceSum {
  #sum: bigint;

  /** `from`: a sum to go on from, as `toString` gives it. */
  constructor(from = '0') {
    this.#sum = BigInt(`0x${from}`);
  }

  /** `traceHash`: 16 hexadecimal digits. */
  add(run: number, traceHash: string): void {
    const mixed = (BigInt(`0x${traceHash}`) ^ (BigInt(run + 1) * 0x9e3779b97f4a7c15n)) * 0xbf58476d1ce4e5b9n;
    this.#sum = BigInt.asUintN(BITS, this.#sum + (mixed ^ (BigInt.asUintN(BITS, mixed) >> 29n)));
  }

  join(other: string): void {
    this.#sum = BigInt.asUintN(BITS, this.#sum + BigInt(`0x${other}`));
  }

  /** 16 hexadecimal digits. */
  toString(): string {
    return this.#sum.toString(16).padStart(BITS / 4, '0');
  }
}
