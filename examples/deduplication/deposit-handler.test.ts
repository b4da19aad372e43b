import { rehearse } from 'kafka-rehearsal/testing';
import 'kafka-rehearsal/vitest';
import { expect, test } from 'vitest';
import { AccountStore } from './account-store.ts';
import { depositHandler } from './deposit-handler.ts';

const topic = 'deposits';

test('a crash between the deposit and its commit books nothing twice', async () => {
  // Outside the stage: the store is the world, which outlives a crash of the process.
  const store = new AccountStore();
  await using stage = await rehearse({ handlers: () => [depositHandler(store)] });
  await stage.produce(topic, [{ value: { account: 'a', amountCents: 100 } }]);
  await stage.idle();
  // From here on no commit gets through.
  stage.fault({ kind: 'commit-request-lost', times: 1_000 });
  await stage.produce(topic, [{ value: { account: 'a', amountCents: 20 } }, { value: { account: 'a', amountCents: 3 } }]);
  await stage.advance(1_000);
  expect(store.balance('a')).toBe(123);
  expect(stage).toHaveCommitted({ topic, offset: 1 });

  await stage.crash();
  const second = await stage.addMember();
  await stage.advance(60_000);
  expect(second.running).toBe(true);

  // Both were delivered again, and both were known.
  expect(stage.actions(topic).map(({ offset }) => offset)).toEqual([0, 1, 2, 1, 2]);
  expect(store.balance('a')).toBe(123);
});
