import { queryObjects } from 'node:v8';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fifo } from '../../src/consumer/fifo.ts';

test('what comes first goes first, however many stand there', () => {
  const steps = fc.array(fc.record({ push: fc.nat(3_000), shift: fc.nat(3_000) }), { maxLength: 8 });
  fc.assert(
    fc.property(steps, (given) => {
      const fifo = new Fifo<number>();
      let [first, next] = [0, 0];
      for (const { push, shift } of given) {
        for (let count = 0; count < push; count++) fifo.push(next++);
        for (let count = 0; count < shift; count++) {
          const expected = first < next ? first++ : undefined;
          if (fifo.peek() !== expected || fifo.shift() !== expected) throw new Error(`not ${expected}`);
        }
        expect(fifo.length).toBe(next - first);
      }
      fifo.clear();
      expect([fifo.length, fifo.peek(), fifo.shift()]).toEqual([0, undefined, undefined]);
    }),
  );
});

class Waiting {}

/** After a collection of all garbage. */
const alive = (): number => queryObjects(Waiting, { format: 'count' });

/** One that so many went into, and so many out of again. */
function passedThrough(given: { readonly into: number; readonly out: number }): Fifo<Waiting> {
  const fifo = new Fifo<Waiting>();
  for (let count = 0; count < given.into; count++) fifo.push(new Waiting());
  for (let count = 0; count < given.out; count++) fifo.shift();
  return fifo;
}

test('what has left is let go of: all of it when nothing stands there, else once it is much and more than what stands there', () => {
  const empty = passedThrough({ into: 500, out: 500 });
  expect([empty.length, alive()]).toEqual([0, 0]);
  const large = passedThrough({ into: 3_000, out: 2_000 });
  expect(large.length).toBe(1_000);
  expect(alive()).toBeLessThanOrEqual(1_500);
});

test('what stands there is not moved at every step', () => {
  expect(passedThrough({ into: 400_000, out: 400_000 }).length).toBe(0);
});
