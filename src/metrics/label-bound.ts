/** What takes the place of values beyond the bound. */
export const OTHER = 'other';
/** Longer values are free text, and no label. */
const LONGEST_VALUE = 64;

/** Lets so many distinct values become labels, the first that come; further ones count as {@link OTHER}. */
export class LabelBound {
  readonly #limit: number;
  readonly #known = new Set<string>();
  #others = 0;

  /** `always`: values that take no room of others and always fit. */
  constructor(limit: number, always: readonly string[] = []) {
    this.#limit = limit;
    for (const value of always) this.#known.add(value);
  }

  label(value: string): string {
    if (this.#known.has(value)) return value;
    if (value.length > LONGEST_VALUE || this.#others >= this.#limit) return OTHER;
    this.#others++;
    this.#known.add(value);
    return value;
  }
}
