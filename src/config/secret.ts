const SHOWN = '[secret]';

/**
 * A string that does not show itself: neither `console.log`, nor `util.inspect`, `JSON.stringify`, a template literal or
 * a logger prints it, because a private field is visible to none of them. Only `reveal()` gives it out.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The string itself, for the one place that needs it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }
}
