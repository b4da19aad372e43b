/** The same promise as in the test beside this file, under crashes, rebalances and lost commits that nobody had to think of. */
import * as fc from 'fast-check';
import { scenario } from 'kafka-rehearsal/vitest';
import { AccountStore } from './account-store.ts';
import { depositHandler } from './deposit-handler.ts';

const accounts = ['anna', 'ben', 'cleo'];
const deposit = fc.record({ account: fc.constantFrom(...accounts), amountCents: fc.integer({ min: 1, max: 1_000 }) });

scenario('each deposit is booked once', {
  // The database: made once a run, and still there after a crash.
  world: () => ({ store: new AccountStore() }),

  // A process: made at every start of a member. `effect` is how it reaches the database, if it lives long enough.
  handlers: ({ store }, { effect, sometimes }) => [
    depositHandler({
      async deposit(id, account, amountCents) {
        const outcome = await effect('deposit', { id, account, amountCents }, () => store.deposit(id, account, amountCents));
        sometimes('a deposit was delivered again', outcome === 'known');
        return outcome;
      },
    }),
  ],

  messages: { deposits: deposit.map((value) => ({ key: value.account, value })) },
  faults: 'everything',
  runs: 100,

  // Whatever happened in between, the balances are those of a quiet day.
  sameAsCalm: ({ store }) => accounts.map((account) => [account, store.balance(account)]),

  invariants: {
    'nobody is given more than was sent': ({ world: { store }, effects }) => {
      for (const account of accounts) {
        // A redelivery asks for the same deposit again: one of each counts.
        const sent = new Map<string, number>();
        for (const { record, details } of effects) {
          const asked = details as { readonly account: string; readonly amountCents: number };
          if (asked.account === account) sent.set(`${record} ${asked.amountCents}`, asked.amountCents);
        }
        const most = [...sent.values()].reduce((sum, amountCents) => sum + amountCents, 0);
        if (store.balance(account) > most) throw new Error(`${account} has ${store.balance(account)} cents, and was sent ${most}`);
      }
    },
  },
});
