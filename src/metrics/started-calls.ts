/** A handler call; the records of a batch share one. */
interface StartedCall {
  readonly at: number;
  readonly batch: number | null;
  isTold: boolean;
}

/**
 * When the running calls of one partition began. As a rule there is one at a time, so the last one begun has a place of its
 * own and costs no object; the rest is bounded by the calls that run.
 */
export class StartedCalls {
  #offset = -1;
  #at = 0;
  #others: Map<number, StartedCall> | null = null;
  #batch: StartedCall | null = null;

  /** Records that are remembered. */
  get size(): number {
    return (this.#offset === -1 ? 0 : 1) + (this.#others?.size ?? 0);
  }

  begin(offset: number, at: number, batch: number | undefined): void {
    if (batch === undefined && this.#offset === -1) {
      this.#offset = offset;
      this.#at = at;
      return;
    }
    this.#others ??= new Map();
    if (batch === undefined) {
      this.#others.set(offset, { at, batch: null, isTold: false });
      return;
    }
    if (this.#batch?.batch !== batch) this.#batch = { at, batch, isTold: false };
    this.#others.set(offset, this.#batch);
  }

  /** When the call began, in the observations' milliseconds; null when it is not known, or was told for another record of its batch. */
  end(offset: number): number | null {
    if (offset === this.#offset) {
      this.#offset = -1;
      return this.#at;
    }
    const call = this.#others?.get(offset);
    if (call === undefined) return null;
    this.#others?.delete(offset);
    if (call.isTold) return null;
    call.isTold = true;
    return call.at;
  }
}
