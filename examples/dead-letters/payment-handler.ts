import { consume, defineHandler, readEarlierLife, reject } from 'kafka-rehearsal';
import type { Handler } from 'kafka-rehearsal';
import * as v from 'valibot';

const payment = v.object({ account: v.string(), amountCents: v.number() });

/** Where payments are booked. */
export interface Ledger {
  /** Books once for each id; throws when it is down. */
  book(id: string, account: string, amountCents: number): Promise<'booked' | 'known' | 'no-such-account'>;
}

/**
 * Books payments; what can never be booked goes to `payments.dead`, from where an operator sends it back when the cause is
 * mended (`kafka-rehearsal dead-letters redrive payments.dead`).
 */
export function paymentHandler(ledger: Ledger): Handler {
  return defineHandler({
    topic: 'payments',
    schema: payment,
    tombstones: 'consume',
    deadLetter: { topic: (source) => `${source}.dead` },
    // A ledger that is down for longer than that has these payments wait in the dead letters, not the ones behind them.
    retry: { maxAttempts: 5, initialDelayMs: 200 },
    async handle({ account, amountCents }, { id, record }) {
      // A record that was redriven stands at a new place. This is the id that it had first, so that twice the same redrive books once.
      const firstId = readEarlierLife(record)?.id ?? id;
      const outcome = await ledger.book(firstId, account, amountCents);
      return outcome === 'no-such-account' ? reject('no-such-account') : consume();
    },
  });
}
