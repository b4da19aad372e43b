/** The signal of one call; it costs nothing until somebody looks at it. */
export class CallSignal {
  #controller: AbortController | null = null;
  #abortReason: unknown = null;

  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#abortReason !== null) this.#controller.abort(this.#abortReason);
    }
    return this.#controller.signal;
  }

  /** Fires the signal, now or when it is first touched. The first reason stays. */
  abort(reason: Error): void {
    if (this.#abortReason !== null) return;
    this.#abortReason = reason;
    this.#controller?.abort(reason);
  }
}
