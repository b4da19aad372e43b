import { consume, defineHandler } from 'kafka-rehearsal';
import type { Handler } from 'kafka-rehearsal';
import * as v from 'valibot';
import type { AccountStore } from './account-store.ts';

const deposit = v.object({ account: v.pipe(v.string(), v.minLength(1)), amountCents: v.pipe(v.number(), v.integer(), v.minValue(1)) });

/** Books each deposit once, however often Kafka delivers it. */
export function depositHandler(store: Pick<AccountStore, 'deposit'>): Handler {
  return defineHandler({
    topic: 'deposits',
    schema: deposit,
    tombstones: 'consume',
    handle: async ({ account, amountCents }, { id, logger }) => {
      const outcome = await store.deposit(id, account, amountCents);
      if (outcome === 'known') logger.info({ id }, 'Deposit was booked before; delivered again');
      return consume();
    },
  });
}
