import { rehearse } from 'kafka-rehearsal/testing';
import 'kafka-rehearsal/vitest';
import { expect, test } from 'vitest';
import { deadLetterWatch } from './dead-letter-watch.ts';
import { paymentHandler } from './payment-handler.ts';
import type { Ledger } from './payment-handler.ts';

const topic = 'payments';

class MemoryLedger implements Ledger {
  readonly accounts = new Set(['anna']);
  readonly booked = new Map<string, number>();
  isDown = false;

  async book(id: string, account: string, amountCents: number): ReturnType<Ledger['book']> {
    if (this.isDown) throw new Error('the ledger is down');
    if (!this.accounts.has(account)) return 'no-such-account';
    if (this.booked.has(id)) return 'known';
    this.booked.set(id, amountCents);
    return 'booked';
  }
}

test('what can never be booked goes to the dead letters, and the payments behind it go on', async () => {
  const ledger = new MemoryLedger();
  await using stage = await rehearse({ handlers: [paymentHandler(ledger)] });
  await stage.produce(topic, [
    { value: { account: 'ben', amountCents: 1 } },
    { value: 'nonsense' },
    { value: { account: 'anna', amountCents: 2 } },
  ]);
  await stage.idle();
  expect(stage.deadLetters(topic).map(({ letter }) => [letter.id, letter.reason])).toEqual([
    ['payments/0/0', 'no-such-account'],
    ['payments/0/1', 'decode-failed'],
  ]);
  expect([...ledger.booked]).toEqual([['payments/0/2', 2]]);
  expect(stage).toHaveCommitted({ topic, offset: 3 });
});

test('a ledger that is down for long: five attempts, then the dead letter tells what happened', async () => {
  const ledger = new MemoryLedger();
  ledger.isDown = true;
  await using stage = await rehearse({ handlers: [paymentHandler(ledger)] });
  await stage.produce(topic, [{ value: { account: 'anna', amountCents: 2 } }]);
  await stage.idle();
  expect(stage.deadLetters(topic)).toMatchObject([
    {
      value: { account: 'anna', amountCents: 2 },
      letter: { reason: 'retries-exhausted', errorMessage: 'the ledger is down', attempts: 5 },
    },
  ]);
});

test('a payment that is redriven twice is booked once', async () => {
  const ledger = new MemoryLedger();
  await using stage = await rehearse({ handlers: [paymentHandler(ledger)] });
  // As `kafka-rehearsal dead-letters redrive` sends it.
  const redriven = {
    value: { account: 'anna', amountCents: 2 },
    headers: {
      'kafka-rehearsal.id': 'payments/0/17',
      'kafka-rehearsal.first-timestamp': '1767225600000',
      'kafka-rehearsal.attempts': '5',
      'kafka-rehearsal.failures': '5',
    },
  };
  await stage.produce(topic, [redriven, redriven]);
  await stage.idle();
  expect([...ledger.booked]).toEqual([['payments/0/17', 2]]);
});

test('somebody is told of the letters, in a service of its own', async () => {
  const told: string[] = [];
  await using stage = await rehearse({ handlers: [paymentHandler(new MemoryLedger())] });
  await stage.produce(topic, [{ value: { account: 'ben', amountCents: 1 } }]);
  await stage.idle();
  const letters = stage.records('payments.dead');

  await using watch = await rehearse({ handlers: [deadLetterWatch((reason, id) => told.push(`${reason} ${id}`))] });
  await watch.produce(
    'payments.dead',
    letters.map(({ key, value, headers }) => ({ key, value, headers })),
  );
  await watch.idle();
  expect(told).toEqual(['no-such-account payments/0/0']);
});
