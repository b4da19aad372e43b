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
