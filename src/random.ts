/** Where jitter comes from. Injected, never global: under simulation it is seeded. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
}
