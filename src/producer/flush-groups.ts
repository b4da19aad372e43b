/** Records that were sent between two calls of `flush`. */
export interface FlushGroup {
  open: number;
}

interface ClosedGroup {
  readonly group: FlushGroup;
  readonly resolve: () => void;
}

/**
 * Tells when everything that was sent before a certain call is settled, at the price of one counter per record: a flush
 * closes the current group, and resolves when its group and all groups before it are empty.
 */
export class FlushGroups {
  #current: FlushGroup = { open: 0 };
  /** In order of their flush calls; as long as there are flushes under way. */
  readonly #closed: ClosedGroup[] = [];

  /** The group that a record of now belongs to. */
  enter(): FlushGroup {
    this.#current.open += 1;
    return this.#current;
  }

  leave(group: FlushGroup): void {
    group.open -= 1;
    if (group.open === 0 && this.#closed.length > 0) this.#resolveEmpty();
  }

  /** Whether a flush is under way. */
  get flushing(): boolean {
    return this.#closed.length > 0;
  }

  flush(): Promise<void> {
    return new Promise((resolve) => {
      this.#closed.push({ group: this.#current, resolve });
      this.#current = { open: 0 };
      this.#resolveEmpty();
    });
  }

  #resolveEmpty(): void {
    while (this.#closed[0]?.group.open === 0) this.#closed.shift()?.resolve();
  }
}
