import { expect, test } from 'vitest';
import { DeadLetterProducer } from '../../src/dead-letter/dead-letter-producer.ts';
import { readLetter } from '../../src/dead-letter/read-letter.ts';
import { DeadLetterRig } from './dead-letter-rig.ts';
import { rejected } from './rejected.ts';

const HOUR_MS = 3_600_000;

/** What a process with this much on its clock writes, on brokers that take an hour, as Kafka 4 does. */
async function written(aheadMs: number): Promise<{ readonly timestamps: readonly number[]; readonly at: number }> {
  const rig = await new DeadLetterRig().prepare();
  const { clock } = rig.venue;
  const sink = new DeadLetterProducer({
    transport: rig.transport.createProducer({ requestTimeoutMs: 1_000 }),
    headerFidelity: rig.transport.capabilities.headerFidelity,
    clock: {
      now: () => clock.now() + aheadMs,
      setTimer: (ms, callback) => clock.setTimer(ms, callback),
      yield: (callback) => clock.yield(callback),
    },
    groupId: 'billing',
    targets: new Map([['orders', 'orders.dead']]),
  });
  // The first goes alone, the others together: none of them is to blame for the others.
  const letters = [0, 1, 2, 3].map((offset) => rejected({ record: { ...rejected().record, offset } }));
  const results = await rig.settle(Promise.all(letters.map((letter) => sink.send(letter))));
  expect(results.map(({ outcome }) => outcome)).toEqual(letters.map(() => 'acknowledged'));
  const records = rig.venue.records('orders.dead');
  expect(records.map((record) => readLetter(record)?.id).toSorted()).toEqual([0, 1, 2, 3].map((offset) => `orders/2/${offset}`));
  return { timestamps: records.map(({ timestamp }) => timestamp), at: clock.now() };
}

test('letters of a process whose clock is a year ahead go out, each once, with the latest time that the leader takes', async () => {
  const { timestamps, at } = await written(8_760 * HOUR_MS);
  for (const timestamp of timestamps) expect(Math.abs(timestamp - (at + HOUR_MS))).toBeLessThan(1_000);
});

test('what the leader takes stays as it is', async () => {
  const { timestamps, at } = await written(HOUR_MS - 60_000);
  for (const timestamp of timestamps) expect(Math.abs(timestamp - (at + HOUR_MS - 60_000))).toBeLessThan(1_000);
});
