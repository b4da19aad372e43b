/**
 * Balances that know which deposits they hold already. A record may be delivered again after a crash, a rebalance or a
 * lost commit; `context.id` (topic/partition/offset) is the same each time. The id and the effect must be stored in
 * **one** step: in a database, one transaction with a unique index on the id.
 *
 *     INSERT INTO applied (record_id) VALUES ($1) ON CONFLICT DO NOTHING;  -- no row inserted: applied already, stop here
 *     UPDATE accounts SET balance = balance + $2 WHERE id = $3;
 *     COMMIT;
 */
export class AccountStore {
  readonly #balances = new Map<string, number>();
  readonly #applied = new Set<string>();

  /** Adds the amount once for each id. Tells whether it was new. */
  async deposit(id: string, account: string, amountCents: number): Promise<'applied' | 'known'> {
    // Both changes in one turn without an await between them: the transaction of a store in memory.
    if (this.#applied.has(id)) return 'known';
    this.#applied.add(id);
    this.#balances.set(account, this.balance(account) + amountCents);
    return 'applied';
  }

  balance(account: string): number {
    return this.#balances.get(account) ?? 0;
  }
}
